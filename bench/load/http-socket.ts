import { connect, type Socket } from 'node:net';

/** The least of an HTTP client: one request at a time on one kept connection, so that the generator stays cheap. */
export interface HttpSocket {
  post(token: string, body: string): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

export function openHttpSocket(port: number, host = '127.0.0.1'): HttpSocket {
  let socket: Socket | undefined;
  let buffered = '';
  let settle:
    | { resolve: (answer: { status: number; body: string }) => void; reject: (error: Error) => void }
    | undefined;

  const fail = (error: Error): void => {
    socket?.destroy();
    socket = undefined;
    buffered = '';
    settle?.reject(error);
    settle = undefined;
  };
  const open = (): Socket => {
    const fresh = connect({ port, host, noDelay: true });
    fresh.setEncoding('latin1');
    fresh.on('data', (chunk: string) => {
      buffered += chunk;
      const answer = parseAnswer(buffered);
      if (answer === undefined) return;
      buffered = buffered.slice(answer.length);
      const waiting = settle;
      settle = undefined;
      if (answer.close) {
        socket = undefined;
        fresh.destroy();
      }
      waiting?.resolve(answer);
    });
    fresh.on('error', fail);
    fresh.on('close', () => {
      if (socket === fresh) fail(new TypeError('connection closed'));
    });
    return fresh;
  };
  return {
    post: (token, body) =>
      new Promise((resolve, reject) => {
        socket ??= open();
        settle = { resolve, reject };
        socket.write(
          `POST /api/v3/machine-records HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n` +
            `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      }),
    close: () => {
      const open = socket;
      socket = undefined;
      open?.destroy();
    },
  };
}

function parseAnswer(
  text: string,
): { status: number; body: string; length: number; close: boolean } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const contentLength = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const length = end + 4 + contentLength;
  if (text.length < length) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: text.slice(end + 4, length),
    length,
    close: /connection: *close/i.test(head),
  };
}
