/** Texts and documents of a far side: JSON, XML, and a single value in the type of its tag. */
export { decodeText } from './charset.ts';
export {
  checkDocumentAddress,
  type FarDocument,
  parseDocument,
} from './far-document.ts';
export { parsePointer, resolvePointer } from './json-pointer.ts';
export { type TakenValue, takeJson, takeText } from './value.ts';
export { parseXml, type XmlElement } from './xml-element.ts';
export { parseXmlPath, resolveXmlPath } from './xml-path.ts';
