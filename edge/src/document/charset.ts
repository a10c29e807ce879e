/** The prolog that names the encoding stands at the very beginning. [XML 1.0 §4.3.3] */
const PROLOG_BYTES = 200;

/**
 * Bytes of a document as text: in the character set of the content type, else of the XML declaration, else UTF-8. Older
 * controllers speak ISO 8859-1 or GB 2312. Throws a `RangeError` for a character set nobody knows.
 */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  const declared =
    /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ??
    /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/i.exec(latin1(bytes.subarray(0, PROLOG_BYTES)))?.[1];
  return new TextDecoder(declared ?? 'utf-8').decode(bytes);
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
