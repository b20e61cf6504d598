// The prompt that a model read before it spoke. It is not in the page: `interbrain serve` makes it again from the run and
// says whether it has the hash that the transcript keeps.

import { useContext, useState } from 'preact/hooks';
import type { EpisodeData } from '../data.ts';
import { episodeKey } from '../episodes.ts';
import { type PromptAnswer, Server } from './navigate.ts';

export function PromptOf({ episode, turns }: { readonly episode: EpisodeData; readonly turns: number }) {
  const server = useContext(Server);
  const [answer, setAnswer] = useState<
    { readonly of: string; readonly found: PromptAnswer | string } | undefined
  >(undefined);
  const key = episodeKey(episode);
  if (!server)
    return (
      <p class="source">
        The prompts that were read are not in this page, only their hashes in the run;{' '}
        <code>interbrain serve</code> shows each and checks it.
      </p>
    );
  const ask = (turn: number) =>
    server.prompt(key, turn).then(
      (found) => setAnswer({ of: `${key} ${turn}`, found }),
      (error: unknown) => setAnswer({ of: `${key} ${turn}`, found: String(error) }),
    );
  const shown = answer?.of.startsWith(`${key} `) ? answer : undefined;
  return (
    <section>
      <h3>What was read</h3>
      <div class="choices">
        {Array.from({ length: turns }, (_, i) => (
          <button key={`turn ${i + 1}`} type="button" onClick={() => void ask(i)}>
            turn {i + 1}
          </button>
        ))}
      </div>
      {shown &&
        (typeof shown.found === 'string' ? (
          <p class="warnings">{shown.found}</p>
        ) : (
          <Prompt answer={shown.found} />
        ))}
    </section>
  );
}

function Prompt({ answer }: { readonly answer: PromptAnswer }) {
  return (
    <>
      <p>
        <strong>
          {answer.check === 'same' ? 'Checked.' : answer.check === 'other' ? 'Not the same.' : 'Not checked.'}
        </strong>{' '}
        {answer.note}
      </p>
      {answer.messages.map(({ role, content }, i) => (
        <details key={`${i} ${role}`} open={i === answer.messages.length - 1}>
          <summary>{role}</summary>
          <pre class="prompt" dir="auto">
            {content}
          </pre>
        </details>
      ))}
    </>
  );
}
