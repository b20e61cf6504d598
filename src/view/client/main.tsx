// What runs in the browser: the same components, with the address as their state. Bundled into one script
// (scripts/build-client.mjs); in a file the data stand in the page, served they are fetched.

import { render } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { App } from '../components/app.tsx';
import type { LiveView } from '../components/live-screen.tsx';
import { type Navigate, Navigation, Root, Server, type ServerLink } from '../components/navigate.ts';
import { RunsScreen } from '../components/runs-screen.tsx';
import type { PageData } from '../data.ts';
import { parseRoute, routeText } from '../routes.ts';
import type { RunRow } from '../run-row.ts';
import { askPrompt, fetchOther, fetchPage, fetchRuns, followRun, followRuns } from './server.ts';

function useRoute() {
  const [hash, setHash] = useState(location.hash);
  // Before anything is painted, so that no address comes too early to be heard of.
  useLayoutEffect(() => {
    const look = () => setHash(location.hash);
    look();
    addEventListener('hashchange', look);
    addEventListener('popstate', look);
    return () => {
      removeEventListener('hashchange', look);
      removeEventListener('popstate', look);
    };
  }, []);
  const navigate = useCallback<Navigate>((route, how = 'push') => {
    const to = routeText(route);
    if (to === location.hash) return;
    if (how === 'push') history.pushState(null, '', to);
    else history.replaceState(null, '', to);
    setHash(to);
  }, []);
  return { hash, route: parseRoute(hash), navigate };
}

/** A new screen begins at its top; a new cell or filter of the same screen stays where it is. */
function useTop(hash: string) {
  const place = hash.split('?')[0];
  useEffect(() => {
    if (place !== undefined && place !== '' && !place.startsWith('#/map')) scrollTo(0, 0);
  }, [place]);
}

const ALONE: ServerLink = { prompt: askPrompt };
const LISTED: ServerLink = { ...ALONE, others: () => fetchRuns('../../'), page: fetchOther };

function Client({
  data,
  live,
  root,
  listed = false,
}: {
  readonly data: PageData | undefined;
  readonly live?: LiveView;
  readonly root: string;
  readonly listed?: boolean;
}) {
  const { hash, route, navigate } = useRoute();
  useTop(hash);
  const server = live && (listed ? LISTED : ALONE);
  return (
    <Navigation.Provider value={navigate}>
      <Root.Provider value={root}>
        <Server.Provider value={server}>
          <App data={data} route={route} live={live} report={live?.report ?? true} listed={listed} />
        </Server.Provider>
      </Root.Provider>
    </Navigation.Provider>
  );
}

function Served({ listed }: { readonly listed: boolean }) {
  const [data, setData] = useState<PageData | undefined>(undefined);
  const [live, setLive] = useState<LiveView | undefined>(undefined);
  useEffect(() => followRun(setLive, () => fetchPage().then(setData)), []);
  return live ? (
    <Client data={data} live={live} root="report/" listed={listed} />
  ) : (
    <p class="source">Asking the server …</p>
  );
}

function List() {
  const [runs, setRuns] = useState<readonly RunRow[] | undefined>(undefined);
  const [connected, setConnected] = useState(true);
  useEffect(
    () =>
      followRuns((found) => {
        setConnected(found !== undefined);
        if (found) setRuns(found);
      }),
    [],
  );
  return <RunsScreen runs={runs} connected={connected} />;
}

/** The document of a page that is a file. */
function island(): PageData | undefined {
  const text = document.getElementById('data')?.textContent;
  // The program that wrote the page checked it (src/view/page.tsx).
  return text ? (JSON.parse(text) as PageData) : undefined;
}

function start(): void {
  const place = document.getElementById('page');
  if (!place) return;
  // The secret of the address is kept as a cookie: it need not stand where others see it.
  if (location.search !== '') history.replaceState(null, '', location.pathname + location.hash);
  const data = island();
  place.textContent = '';
  const { kind } = place.dataset;
  const served = kind === 'list' ? <List /> : <Served listed={kind === 'listed'} />;
  render(data ? <Client data={data} root="" /> : served, place);
}

// For print everything is open; afterwards what was closed is closed again.
let closed: HTMLDetailsElement[] = [];
addEventListener('beforeprint', () => {
  closed = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
  for (const one of closed) one.open = true;
});
addEventListener('afterprint', () => {
  for (const one of closed) one.open = false;
});

start();
