declare module '*.css';
declare module '*?url' {
  const address: string;
  export default address;
}
declare module '*.yaml?raw' {
  const text: string;
  export default text;
}
