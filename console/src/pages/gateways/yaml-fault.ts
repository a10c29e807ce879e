import type { ErrorCode, YAMLError } from 'yaml';

/** The parser speaks to those who know its grammar; first comes what everybody can mend, then its own words. */
export const yamlFault = ({ code, message }: Pick<YAMLError, 'code' | 'message'>): string =>
  `${YAML_FAULTS[code]} (${message})`;

const YAML_FAULTS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'a reference *name has nothing beside its name',
  BAD_ALIAS: 'a reference *name or its mark &name needs a name that does not end with a colon',
  BAD_COLLECTION_TYPE: 'a type !type does not fit what stands behind it',
  BAD_DIRECTIVE: 'a line that begins with % means nothing here',
  BAD_DQ_ESCAPE: 'between double quotes a backslash must be written twice',
  BAD_INDENT: 'the line is indented otherwise than those it belongs to',
  BAD_PROP_ORDER: 'a mark &name or type !type stands at the wrong side of its sign',
  BAD_SCALAR_START: 'a text that begins with this sign needs quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'something stands behind the value: a line indented too far, or a colon in a text without quotes',
  BLOCK_IN_FLOW: 'between brackets lists and names are not indented, but separated by commas',
  DUPLICATE_KEY: 'the same name stands here twice',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'a name has more than 1,024 characters',
  MISSING_CHAR:
    'a sign is missing: a quote, a bracket, a comma, a colon, the space behind it, or the - of an entry',
  MULTILINE_IMPLICIT_KEY: 'a name goes over several lines; often a colon is missing',
  MULTIPLE_ANCHORS: 'two marks &name stand at one place',
  MULTIPLE_DOCS: 'a second text begins here, after ---; there must be one',
  MULTIPLE_TAGS: 'two types !type stand at one place',
  NON_STRING_KEY: 'a name must be a text',
  RESOURCE_EXHAUSTION: 'this is nested too deeply',
  TAB_AS_INDENT: 'a line is indented with tabs; only spaces indent',
  TAG_RESOLVE_FAILED: 'a type !type is not known here',
  UNEXPECTED_TOKEN: 'a sign stands where none is expected',
};
