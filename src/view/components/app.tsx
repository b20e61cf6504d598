// The whole explorer: a header with its screens, and the screen of the present address.

import type { PageData } from '../data.ts';
import { NO_FILTER, type Route, routeText } from '../routes.ts';
import { CompareScreen } from './compare-screen.tsx';
import { EpisodeScreen } from './episode-screen.tsx';
import { EpisodesScreen } from './episodes-screen.tsx';
import { FileLink } from './file-link.tsx';
import { LiveScreen, type LiveView } from './live-screen.tsx';
import { MapScreen } from './map-screen.tsx';
import { Overview } from './overview.tsx';

export interface AppProps {
  /** Undefined before there is any run. */
  readonly data: PageData | undefined;
  readonly route: Route;
  /** Where a server tells of the run. */
  readonly live?: LiveView | undefined;
  /** Whether the report’s page is there to be linked. */
  readonly report: boolean;
  /** Whether the run is one of a list, two steps up. */
  readonly listed?: boolean;
}

export function App({ data, route, live, report, listed = false }: AppProps) {
  const study = data?.study ?? live?.state.study ?? '';
  return (
    <>
      <header>
        <p class="kind">Neural synchrony between language models</p>
        <h1>{study === '' ? 'interbrain' : study}</h1>
        {data?.warning && (
          <p class="toy" role="note">
            {data.warning}
          </p>
        )}
        <nav aria-label="Screens">
          <ul>
            {listed && (
              <li>
                <a href="../../">All runs</a>
              </li>
            )}
            {screens(data, live).map(([name, to]) => (
              <li key={name}>
                <a href={routeText(to)} aria-current={to.screen === route.screen ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
            {report && (
              <li>
                <FileLink path="index.html" text="The report" />
              </li>
            )}
          </ul>
        </nav>
      </header>
      <main>
        <Screen data={data} route={route} live={live} />
      </main>
      <footer>{data && `Made by interbrain ${data.version}. `}Nothing on this page is sent anywhere.</footer>
    </>
  );
}

function screens(data: PageData | undefined, live: LiveView | undefined): [string, Route][] {
  const all: [string, Route][] = data
    ? [
        ['Overview', { screen: 'overview' }],
        ['Layers', { screen: 'map', id: '', cell: undefined }],
        ['Conversations', { screen: 'episodes', filter: NO_FILTER }],
        ['Compare', { screen: 'compare', x: '', y: '', cell: undefined }],
      ]
    : [];
  return live ? [...all, ['Live', { screen: 'live' }]] : all;
}

function Screen({ data, route, live }: Omit<AppProps, 'report' | 'listed'>) {
  const ended = route.screen !== 'live' && live?.state.outcome !== undefined;
  // What makes it impossible to read stands among what went wrong.
  const waits = (live?.run === 'silent' || ended) && live?.state.errors.length === 0;
  if (!data && waits) return <p role="status">Reading what is in the run’s folder …</p>;
  if (live && (route.screen === 'live' || !data)) return <LiveScreen live={live} />;
  if (!data) return <p>Nothing is there yet.</p>;
  switch (route.screen) {
    case 'map':
      return <MapScreen data={data} id={route.id} cell={route.cell} />;
    case 'episodes':
      return <EpisodesScreen data={data} filter={route.filter} />;
    case 'episode':
      return <EpisodeScreen data={data} id={route.key} beside={route.beside} filter={route.filter} />;
    case 'compare':
      return <CompareScreen data={data} x={route.x} y={route.y} cell={route.cell} />;
    default:
      return <Overview data={data} />;
  }
}
