import { useContext } from 'preact/hooks';
import { Root } from './navigate.ts';

/** A link to another file of the report. */
export function FileLink({ path, text }: { readonly path: string; readonly text: string }) {
  return <a href={`${useContext(Root)}${path}`}>{text}</a>;
}
