const VERSION_AT = 14;

/**
 * Mapped devices have no gateway of their own: their minute records stand under a pseudo-gateway of their organisation, whose
 * id is the organisation's with another version digit [RFC 9562 §5.8], so that nothing has to be kept to find it. It is not
 * the one of uploads by API key (the organisation's id itself), because a row either holds cumulative counts or pieces.
 */
export function deviceGatewayOf(orgId: string): string {
  return `${orgId.slice(0, VERSION_AT)}8${orgId.slice(VERSION_AT + 1)}`;
}
