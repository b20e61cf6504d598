// What a judge said of a conversation: scores of both sides with the reasons given.

import { decimals } from '../../figures/number-text.ts';
import type { EpisodeData } from '../data.ts';
import { SCROLLS } from './scrolls.ts';

interface ScoresProps {
  readonly judgement: EpisodeData['judgement'];
  readonly names: readonly string[] | undefined;
}

export function Scores({ judgement, names = ['A', 'B'] }: ScoresProps) {
  if (judgement === null) return null;
  if ('failure' in judgement)
    return (
      <p class="warnings">
        {judgement.judge} could not judge it: {judgement.failure}
      </p>
    );
  const { scores, reasons, overall, judge } = judgement;
  return (
    <section>
      <h3>Scores by {judge}</h3>
      <div class="scroll" {...SCROLLS}>
        <table>
          <thead>
            <tr>
              <th scope="col">Dimension</th>
              <th scope="col" class="number">
                {names[0]} (A)
              </th>
              <th scope="col" class="number">
                {names[1]} (B)
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.keys(scores[0]).map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {scores.map((one, i) => (
                  <td key={names[i]} class="number">
                    {one[name]}
                    {reasons[i]?.[name] !== undefined && (
                      <details class="why">
                        <summary>why</summary>
                        <p dir="auto">{reasons[i]?.[name]}</p>
                      </details>
                    )}
                  </td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">mean</th>
              <td class="number">{decimals(overall[0], 2)}</td>
              <td class="number">{decimals(overall[1], 2)}</td>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}
