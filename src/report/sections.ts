// The sections of the report, in the order in which they are read. Whoever adds one writes a file in a room of report/
// and its row here; gathering, drawing and writing are loops over the table (report.ts).

import { introduction } from './about/introduction.ts';
import { missing } from './about/missing.ts';
import { notes } from './about/notes.ts';
import { reading } from './about/reading.ts';
import { recompute } from './about/recompute.ts';
import { settings } from './about/settings-section.ts';
import { mentalStates } from './episodes/mental-states-section.ts';
import { pairPages } from './episodes/pair-pages.ts';
import { talk } from './episodes/talk-section.ts';
import { transcripts } from './episodes/transcripts-section.ts';
import { explorer } from './explorer/explorer-section.ts';
import { cause } from './interaction/cause-section.ts';
import { conditions } from './interaction/conditions-section.ts';
import { interaction } from './interaction/interaction-section.ts';
import { ownPast } from './interaction/own-past-section.ts';
import { abilities } from './performance/abilities-section.ts';
import { performance } from './performance/correlation-section.ts';
import { episodeScores } from './performance/episodes-section.ts';
import { evaluation } from './performance/evaluation-section.ts';
import { reliability } from './performance/reliability-section.ts';
import type { Section } from './section.ts';
import { relationships } from './sensitivity/relationships-section.ts';
import { sensitivity } from './sensitivity/sensitivity-section.ts';
import { text } from './sensitivity/text-section.ts';
import { depth } from './synchrony/depth-section.ts';
import { maps } from './synchrony/maps-section.ts';
import { nonlinear } from './synchrony/nonlinear-section.ts';
import { rounds } from './synchrony/rounds-section.ts';
import { similarity } from './synchrony/similarity-section.ts';
import { syncR2 } from './synchrony/syncr2-section.ts';

export const SECTIONS: readonly Section[] = [
  introduction,
  missing,
  talk,
  syncR2,
  interaction,
  ownPast,
  conditions,
  text,
  cause,
  performance,
  episodeScores,
  reliability,
  maps,
  depth,
  reading,
  rounds,
  similarity,
  nonlinear,
  sensitivity,
  relationships,
  mentalStates,
  evaluation,
  transcripts,
  explorer,
  abilities,
  settings,
  recompute,
  notes,
  pairPages,
];
