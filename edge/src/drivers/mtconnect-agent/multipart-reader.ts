/** An answer of 1,000 observations has some 300 kB; what is larger than this is no document of an agent. */
const PART_BYTES = 8_388_608;
const HEADER_BYTES = 8_192;

/** Parts of a `multipart/x-mixed-replace` answer, however it is cut. [RFC 2046 §5.1; MTConnect Part 1, streaming] */
export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #part: (bytes: Buffer) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** So many bytes are needed before looking again makes sense. */
  #needed = 0;
  /** Length of the part under way by its header; undefined = it ends at the next delimiter. */
  #inPart: { readonly length: number | undefined } | undefined;

  constructor(boundary: string, part: (bytes: Buffer) => void) {
    this.#delimiter = Buffer.from(`--${boundary}`);
    this.#part = part;
  }

  /** Throws a `SyntaxError` in words when it is no multipart answer. */
  push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes < this.#needed) return;
    let buffer: Buffer = Buffer.concat(this.#chunks);
    this.#needed = 0;
    for (;;) {
      const rest =
        this.#inPart === undefined ? this.#readHeader(buffer) : this.#readBody(buffer, this.#inPart.length);
      if (rest === undefined) break;
      buffer = rest;
    }
    this.#chunks = [buffer];
    this.#bytes = buffer.length;
  }

  /** The bytes after it, or undefined when it is not all there. */
  #readHeader(buffer: Buffer): Buffer | undefined {
    const start = buffer.indexOf(this.#delimiter);
    const end = start < 0 ? undefined : blankLine(buffer, start);
    if (end === undefined) {
      if (buffer.length - Math.max(0, start) > HEADER_BYTES) throw new SyntaxError('a part has no header');
      return undefined;
    }
    const header = buffer.toString('latin1', start, end.at);
    const length = /^content-length:\s*(\d{1,10})\s*$/im.exec(header)?.[1];
    if (length !== undefined && Number(length) > PART_BYTES)
      throw new SyntaxError(`a part has ${length} bytes`);
    this.#inPart = { length: length === undefined ? undefined : Number(length) };
    return buffer.subarray(end.after);
  }

  #readBody(buffer: Buffer, length: number | undefined): Buffer | undefined {
    const end = length ?? buffer.indexOf(this.#delimiter);
    if (end < 0 || buffer.length < end) {
      if (buffer.length > PART_BYTES) throw new SyntaxError(`a part has more than ${PART_BYTES} bytes`);
      this.#needed = length ?? 0;
      return undefined;
    }
    this.#inPart = undefined;
    this.#part(buffer.subarray(0, end));
    return buffer.subarray(end);
  }
}

/** Some agents end lines with LF alone. */
function blankLine(
  buffer: Buffer,
  from: number,
): { readonly at: number; readonly after: number } | undefined {
  const strict = buffer.indexOf('\r\n\r\n', from);
  const loose = buffer.indexOf('\n\n', from);
  if (strict >= 0 && (loose < 0 || strict < loose)) return { at: strict, after: strict + 4 };
  return loose < 0 ? undefined : { at: loose, after: loose + 2 };
}
