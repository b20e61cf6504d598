// What was said, as bubbles left and right, with a rule for each round.

import type { EpisodeData } from '../data.ts';

type TurnData = NonNullable<EpisodeData['turns']>[number];
type CharacterNames = readonly string[] | undefined;

interface TurnsProps {
  readonly turns: readonly TurnData[];
  readonly names: CharacterNames;
  /** What stands beside a round. */
  readonly rounds?: ReadonlyMap<number, string>;
}

function Bubble({
  turn: [round, seat, text, notes],
  names,
}: {
  readonly turn: TurnData;
  readonly names: CharacterNames;
}) {
  return (
    <li class={`turn ${seat === 'A' ? 'a' : 'b'}`}>
      <div class="who">
        {names?.[seat === 'A' ? 0 : 1] ?? seat} <span>round {round}</span>
      </div>
      <p dir="auto">{text}</p>
      {notes.length > 0 && <div class="note">{notes.join('; ')}</div>}
    </li>
  );
}

export function Turns({ turns, names, rounds }: TurnsProps) {
  return (
    <ol class="turns">
      {turns.map((turn, i) => {
        const note = turn[0] === turns[i - 1]?.[0] ? undefined : rounds?.get(turn[0]);
        return (
          <>
            {note !== undefined && (
              <li key={`round ${turn[0]}`} class="round">
                {note}
              </li>
            )}
            <Bubble key={`${turn[0]} ${turn[1]}`} turn={turn} names={names} />
          </>
        );
      })}
    </ol>
  );
}

/** Two conversations of the same interaction, a row for each round. */
export function RoundsOf({
  pair,
  names,
}: {
  readonly pair: readonly [EpisodeData, EpisodeData];
  readonly names: readonly CharacterNames[];
}) {
  const last = Math.max(...pair.map(({ rounds }) => rounds));
  return (
    <div class="beside-rounds">
      {Array.from({ length: last }, (_, i) => i + 1).map((round) => (
        <div key={round} class="columns">
          {pair.map(({ turns, page }, side) => (
            <ol key={page} class="turns">
              {(turns ?? [])
                .filter((turn) => turn[0] === round)
                .map((turn) => (
                  <Bubble key={turn[1]} turn={turn} names={names[side]} />
                ))}
            </ol>
          ))}
        </div>
      ))}
    </div>
  );
}
