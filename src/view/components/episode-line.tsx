// One conversation in a list.

import { decimals } from '../../figures/number-text.ts';
import type { EpisodeData, PageData } from '../data.ts';
import { type Contribution, episodeKey, scoreOf } from '../episodes.ts';
import { type EpisodeFilter, routeText } from '../routes.ts';

interface EpisodeLineProps {
  readonly data: PageData;
  readonly episode: EpisodeData;
  /** What the conversation is looked at from: next and previous stay in it. */
  readonly filter: EpisodeFilter;
  readonly contribution?: Contribution | undefined;
}

/** `A left in round 5`, `all 8 rounds`. */
export function endedText({ ending, rounds }: EpisodeData): string {
  return ending === 'rounds' ? `all ${rounds} rounds` : `${ending} in round ${rounds}`;
}

/** Who they were: the characters, or the interaction’s name. */
export function titleOf({ encounters }: PageData, { interaction }: EpisodeData): string {
  const characters = encounters[interaction]?.characters;
  return characters ? characters.join(' and ') : interaction;
}

export function EpisodeLink({ data, episode, filter, contribution }: EpisodeLineProps) {
  const { models, seed, interaction } = episode;
  const score = scoreOf(episode);
  const said = matchIn(episode, filter.q) ?? episode.turns?.[0]?.[2];
  return (
    <a href={routeText({ screen: 'episode', key: episodeKey(episode), beside: undefined, filter })}>
      <b>{titleOf(data, episode)}</b>
      <span class="soft">
        {' '}
        {models.join(' → ')} · seed {seed} · {interaction} · {endedText(episode)}
        {score === undefined ? '' : ` · score ${decimals(score, 2)}`}
        {contribution ? ` · R² ${decimals(contribution.perShare)}` : ''}
      </span>
      {said !== undefined && (
        <span class="said-line">
          “<Marked text={said} wanted={filter.q} />”
        </span>
      )}
    </a>
  );
}

export function EpisodeLine(props: EpisodeLineProps) {
  return (
    <li>
      <EpisodeLink {...props} />
    </li>
  );
}

/** As much of the first utterance with the words as shows them. */
function matchIn({ turns }: EpisodeData, q: string): string | undefined {
  const wanted = q.trim().toLowerCase();
  if (wanted === '') return undefined;
  const text = turns?.find(([, , said]) => said.toLowerCase().includes(wanted))?.[2];
  const at = text?.toLowerCase().indexOf(wanted) ?? 0;
  return text && at > 40 ? `…${text.slice(at - 30)}` : text;
}

function Marked({ text, wanted }: { readonly text: string; readonly wanted: string }) {
  const words = wanted.trim().toLowerCase();
  const at = words === '' ? -1 : text.toLowerCase().indexOf(words);
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + words.length)}</mark>
      {text.slice(at + words.length)}
    </>
  );
}
