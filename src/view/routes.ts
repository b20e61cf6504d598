// Where one is in the explorer, as the part of an address behind `#`: the same in a file and served.

export type Route =
  | { readonly screen: 'overview' }
  | { readonly screen: 'live' }
  | { readonly screen: 'map'; readonly id: string; readonly cell: Cell | undefined }
  | { readonly screen: 'episodes'; readonly filter: EpisodeFilter }
  | {
      readonly screen: 'episode';
      readonly key: string;
      readonly beside: string | undefined;
      readonly filter: EpisodeFilter;
    }
  | { readonly screen: 'compare'; readonly x: string; readonly y: string; readonly cell: Cell | undefined };

/** A layer pair, 0-based. Addresses count from 1. */
export interface Cell {
  readonly source: number;
  readonly target: number;
}

/** Which episodes, and in which order. Empty texts let everything pass. */
export interface EpisodeFilter {
  readonly q: string;
  /** `llama+mistral`, by seat. */
  readonly order: string;
  readonly seed: string;
  readonly ended: string;
  readonly interaction: string;
  /** `place`, `score`, or a map’s id with a cell, `…@4,7`: by contribution. */
  readonly sort: string;
}

export const NO_FILTER: EpisodeFilter = {
  ...{ q: '', order: '', seed: '', ended: '', interaction: '', sort: '' },
};

function cellOf(query: URLSearchParams): Cell | undefined {
  const [source, target] = [Number(query.get('s')), Number(query.get('t'))];
  return Number.isInteger(source) && Number.isInteger(target) && source > 0 && target > 0
    ? { source: source - 1, target: target - 1 }
    : undefined;
}

function filterOf(query: URLSearchParams): EpisodeFilter {
  const of = (name: keyof EpisodeFilter) => query.get(name) ?? '';
  return {
    ...{ q: of('q'), order: of('order'), seed: of('seed'), ended: of('ended') },
    ...{ interaction: of('interaction'), sort: of('sort') },
  };
}

function filterText(filter: EpisodeFilter): [string, string][] {
  return Object.entries(filter).filter(([, value]) => value !== '');
}

/** The route of an address; the overview for one that says nothing. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?');
  const query = new URLSearchParams(search);
  const [screen = '', ...rest] = path.split('/');
  const name = rest.join('/');
  if (screen === 'live') return { screen };
  if (screen === 'map') return { screen, id: name, cell: cellOf(query) };
  if (screen === 'episodes') return { screen, filter: filterOf(query) };
  if (screen === 'episode')
    return { screen, key: name, beside: query.get('beside') ?? undefined, filter: filterOf(query) };
  if (screen === 'compare')
    return { screen, x: query.get('x') ?? '', y: query.get('y') ?? '', cell: cellOf(query) };
  return { screen: 'overview' };
}

/** `#/map/llama+mistral/interactive/A-to-B?s=4&t=7`. */
export function routeText(route: Route): string {
  const cell = 'cell' in route && route.cell ? route.cell : undefined;
  const cells: [string, string][] = cell
    ? [
        ['s', String(cell.source + 1)],
        ['t', String(cell.target + 1)],
      ]
    : [];
  switch (route.screen) {
    case 'overview':
      return '#/';
    case 'live':
      return '#/live';
    case 'map':
      return withQuery(`#/map/${route.id}`, cells);
    case 'episodes':
      return withQuery('#/episodes', filterText(route.filter));
    case 'episode': {
      const beside: [string, string][] = route.beside === undefined ? [] : [['beside', route.beside]];
      return withQuery(`#/episode/${route.key}`, [...beside, ...filterText(route.filter)]);
    }
    case 'compare':
      return withQuery('#/compare', [['x', route.x], ['y', route.y], ...cells]);
  }
}

function withQuery(path: string, query: [string, string][]): string {
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`;
}
