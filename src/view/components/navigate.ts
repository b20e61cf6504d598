// Moving between screens: the address is the only state that screens share, so that links, Back and reload work.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageData } from '../data.ts';
import type { Route } from '../routes.ts';
import type { RunRow } from '../run-row.ts';

/** Shows another screen; `replace` leaves no step to go Back to. */
export type Navigate = (route: Route, how?: 'push' | 'replace') => void;

export const Navigation = createContext<Navigate>(() => {});

export function useNavigate(): Navigate {
  return useContext(Navigation);
}

/** The way from the page to the report’s folder, for links to its other files: empty in the file, `report/` served. */
export const Root = createContext<string>('');

/** What the server says of a prompt. */
export interface PromptAnswer {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** `same`: the rendered text has the hash of the transcript. */
  readonly check: 'same' | 'other' | 'unknown';
  readonly note: string;
}

/** What only a server can tell. */
export interface ServerLink {
  /** The other runs of the list, where this one is in a list. */
  readonly others?: (() => Promise<readonly RunRow[]>) | undefined;
  /** The document of one of them; undefined if there is none yet. */
  readonly page?: ((name: string) => Promise<PageData | undefined>) | undefined;
  readonly prompt: (episode: string, turn: number) => Promise<PromptAnswer>;
}

/** Undefined in a file. */
export const Server = createContext<ServerLink | undefined>(undefined);
