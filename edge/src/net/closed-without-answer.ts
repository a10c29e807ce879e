import type { ClientRequest } from 'node:http';

/** The far side ended the exchange and has answered nothing that HTTP knows. */
export class ClosedWithoutAnswer extends Error {
  override readonly name = 'ClosedWithoutAnswer';
  override readonly message = 'the connection was closed without an answer';
}

/**
 * Tells of a request that ends with neither an answer nor an error, as one does that a server answers with `101 Switching
 * Protocols`: no timeout that destroys the request would be heard any more. After an answer it is to be ignored.
 */
export function onClosedWithoutAnswer(request: ClientRequest, tell: (cause: Error) => void): void {
  request.once('close', () => tell(new ClosedWithoutAnswer()));
}
