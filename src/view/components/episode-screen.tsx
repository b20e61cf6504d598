// One conversation: goals, turns by round, scores, and the same interaction elsewhere.

import { useContext, useLayoutEffect, useMemo } from 'preact/hooks';
import { decimals } from '../../figures/number-text.ts';
import { pairName } from '../../recordings/file-name.ts';
import type { EpisodeData, PageData } from '../data.ts';
import { contributionMap, contributionsOf, episodeKey, filterEpisodes } from '../episodes.ts';
import { mapTitle } from '../maps.ts';
import { type EpisodeFilter, NO_FILTER, routeText } from '../routes.ts';
import { endedText, titleOf } from './episode-line.tsx';
import { Select } from './episodes-screen.tsx';
import { Root, useNavigate } from './navigate.ts';
import { NotHere } from './not-here.tsx';
import { PromptOf } from './prompt-of.tsx';
import { Scores } from './scores.tsx';
import { RoundsOf, Turns } from './turns.tsx';

interface EpisodeScreenProps {
  readonly data: PageData;
  readonly id: string;
  readonly beside: string | undefined;
  readonly filter: EpisodeFilter;
}

export function EpisodeScreen({ data, id, beside, filter }: EpisodeScreenProps) {
  const episode = data.episodes.find((one) => episodeKey(one) === id);
  const other = data.episodes.find((one) => episodeKey(one) === beside);
  const list = useMemo(() => filterEpisodes(data, filter), [data, filter]);
  if (!episode) return <NotHere what={`There is no conversation ${id}.`} />;
  return (
    <article>
      <Steps list={list} episode={episode} filter={filter} />
      <h2>{titleOf(data, episode)}</h2>
      <Facts data={data} episode={episode} />
      <Contributions data={data} episode={episode} />
      <SameInteraction data={data} episode={episode} beside={beside} filter={filter} />
      {other ? (
        <Beside data={data} pair={[episode, other]} />
      ) : (
        <>
          <Goals data={data} episode={episode} />
          <Spoken data={data} episode={episode} />
          <Scores judgement={episode.judgement} names={data.encounters[episode.interaction]?.characters} />
        </>
      )}
    </article>
  );
}

/** Previous and next of the present filter, also by k and j. */
function Steps({
  list,
  episode,
  filter,
}: {
  readonly list: readonly EpisodeData[];
  readonly episode: EpisodeData;
  readonly filter: EpisodeFilter;
}) {
  const navigate = useNavigate();
  const at = list.findIndex((one) => episodeKey(one) === episodeKey(episode));
  const [before, after] = at < 0 ? [undefined, list[0]] : [list[at - 1], list[at + 1]];
  const to = (one: EpisodeData) => ({
    screen: 'episode' as const,
    key: episodeKey(one),
    beside: undefined,
    filter,
  });
  // Before the next key can come: it is about the conversation that is shown then.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.matches('input, select, textarea');
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const next = event.key === 'j' ? after : event.key === 'k' ? before : undefined;
      if (next) navigate(to(next));
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return (
    <p class="steps">
      <a href={routeText({ screen: 'episodes', filter })}>All of these</a>
      <span class="soft">
        {at < 0 ? `not among the ${list.length} of the filter` : `${at + 1} of ${list.length}`}
      </span>
      {before && <a href={routeText(to(before))}>← previous (k)</a>}
      {after && <a href={routeText(to(after))}>next (j) →</a>}
    </p>
  );
}

function Facts({ data, episode }: { readonly data: PageData; readonly episode: EpisodeData }) {
  const { models, seed, interaction } = episode;
  const encounter = data.encounters[interaction];
  const [a = 'A', b = 'B'] = encounter?.characters ?? [];
  return (
    <>
      <p class="source">
        {a} is played by {models[0]} (A), {b} by {models[1]} (B) · simulation seed {seed} · interaction{' '}
        {interaction}
        {encounter && ` · ${encounter.relationship}`} · {endedText(episode)} · in the run:{' '}
        <code>episodes/{episodeKey(episode)}.json</code>
      </p>
      {encounter && <p dir="auto">{encounter.situation}</p>}
    </>
  );
}

/** What the interaction adds in both directions of the seat order. */
function Contributions({ data, episode }: { readonly data: PageData; readonly episode: EpisodeData }) {
  const maps = data.maps.filter((map) => pairName(map.models) === pairName(episode.models));
  const found = maps.flatMap((map) => {
    const own = contributionsOf(data, map);
    const one = own && contributionMap(own, undefined)?.get(episode.interaction);
    return one ? [{ map, one }] : [];
  });
  if (found.length === 0) return null;
  return (
    <ul class="facts">
      {found.map(({ map, one }) => (
        <li key={map.id}>
          <a href={routeText({ screen: 'map', id: map.id, cell: undefined })}>{mapTitle(map)}</a>: R² of this
          interaction’s held-out rows {decimals(one.perShare)} (SyncR² of all {decimals(map.syncR2.value)});
          held out in {one.splits} of {map.splits.length} splits, all seeds together
        </li>
      ))}
    </ul>
  );
}

function Goals({ data, episode }: { readonly data: PageData; readonly episode: EpisodeData }) {
  const encounter = data.encounters[episode.interaction];
  if (!encounter) return null;
  return (
    <div class="goals">
      {encounter.goals.map((goal, i) => (
        <details key={encounter.characters[i]} class={`goal ${i === 0 ? 'a' : 'b'}`}>
          <summary>
            {encounter.characters[i]}’s goal ({i === 0 ? 'A' : 'B'}), which only this side was told
          </summary>
          <p dir="auto">{goal}</p>
        </details>
      ))}
    </div>
  );
}

function Spoken({ data, episode }: { readonly data: PageData; readonly episode: EpisodeData }) {
  const root = useContext(Root);
  const { turns, page, anchor } = episode;
  const names = data.encounters[episode.interaction]?.characters;
  if (turns === null)
    return (
      <p>
        All that was said in this run is too much for one page.{' '}
        <a href={`${root}episodes/${page}.html#${anchor}`}>This conversation in full</a>
      </p>
    );
  return (
    <>
      <Turns turns={turns} names={names} rounds={roundNotes(data, episode)} />
      <p class="ending">Ended: {endedText(episode)}.</p>
      <PromptOf episode={episode} turns={turns.length} />
    </>
  );
}

/** By round: R² of both directions over all conversations of the seat order. */
function roundNotes(data: PageData, episode: EpisodeData): ReadonlyMap<number, string> {
  const notes = new Map<number, string[]>();
  for (const { models, direction, rounds } of data.contributions)
    if (pairName(models) === pairName(episode.models))
      for (const { round, value } of rounds)
        notes.set(round, [
          ...(notes.get(round) ?? []),
          `${direction.replace('->', ' → ')} ${decimals(value, 2)}`,
        ]);
  return new Map(
    [...notes].map(([round, all]) => [round, `SyncR² of this round, all conversations: ${all.join(', ')}`]),
  );
}

function SameInteraction({
  data,
  episode,
  beside,
  filter,
}: Omit<EpisodeScreenProps, 'id'> & { readonly episode: EpisodeData }) {
  const navigate = useNavigate();
  const key = episodeKey(episode);
  const others = data.episodes.filter(
    (one) => one.interaction === episode.interaction && episodeKey(one) !== key,
  );
  if (others.length === 0) return null;
  const name = (one: EpisodeData) =>
    [episodeKey(one), `${one.models.join(' → ')}, seed ${one.seed}`] as const;
  return (
    <div class="choices">
      <Select
        label="The same interaction beside it"
        value={beside ?? ''}
        options={[['', `none of ${others.length}`], ...others.map(name)]}
        onValue={(value) =>
          navigate({ screen: 'episode', key, beside: value === '' ? undefined : value, filter })
        }
      />
      <a href={routeText({ screen: 'episodes', filter: { ...NO_FILTER, interaction: episode.interaction } })}>
        All {others.length + 1} of this interaction
      </a>
    </div>
  );
}

/** Two conversations, round by round. */
function Beside({
  data,
  pair,
}: {
  readonly data: PageData;
  readonly pair: readonly [EpisodeData, EpisodeData];
}) {
  return (
    <>
      <div class="columns heads">
        {pair.map((one) => (
          <p key={episodeKey(one)} class="source">
            <b>{one.models.join(' → ')}</b>, seed {one.seed}; {endedText(one)}
          </p>
        ))}
      </div>
      <RoundsOf pair={pair} names={pair.map((one) => data.encounters[one.interaction]?.characters)} />
      <div class="columns">
        {pair.map((one) => (
          <Scores
            key={episodeKey(one)}
            judgement={one.judgement}
            names={data.encounters[one.interaction]?.characters}
          />
        ))}
      </div>
    </>
  );
}
