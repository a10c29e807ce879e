/** Writes the package as it is published into `folder`, which is emptied before. */
export function bundleEdge(folder: string): Promise<void>;
