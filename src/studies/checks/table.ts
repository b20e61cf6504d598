// Every check of a study. All are asked, and all their answers are told at once.

import { abilityData } from './abilities.ts';
import type { FileCheck, OpenCheck } from './check.ts';
import { enoughSamples } from './conditions.ts';
import { fileNames } from './file-names.ts';
import { interventionModels, interventionRounds, interventionsCost } from './interventions.ts';
import { judgeServer, ruleJudge } from './judge.ts';
import { contextLength, layerPairs, modelDevices, modelMemory, trueStates } from './models.ts';
import { namesOfModels } from './names.ts';
import { neededKeys } from './needed-keys.ts';
import { outputFolder } from './output.ts';
import { ownPrompts } from './prompts.ts';
import { layersForCeiling, recordedLayersThere } from './recorded-layers.ts';
import { fewComponents } from './reduce.ts';
import { relationshipRows } from './relationships.ts';
import { scenarioFiles } from './scenario-files.ts';
import { likelihoods, unseenStates } from './served-models.ts';
import {
  emptySide,
  fewPairs,
  lastPosition,
  paperProtocol,
  penaltiesTwice,
  publishedSolver,
  reducedLayers,
  unequalSamples,
} from './settings.ts';

/** Of what the study file says. */
export const FILE_CHECKS: readonly FileCheck[] = [
  namesOfModels,
  ...neededKeys,
  penaltiesTwice,
  paperProtocol,
  publishedSolver,
  emptySide,
  fewPairs,
  unequalSamples,
  reducedLayers,
  lastPosition,
  interventionRounds,
  fileNames,
];

/** Of what the study file names; a server is asked last. */
export const OPEN_CHECKS: readonly OpenCheck[] = [
  scenarioFiles,
  enoughSamples,
  fewComponents,
  relationshipRows,
  ruleJudge,
  unseenStates,
  likelihoods,
  modelDevices,
  trueStates,
  modelMemory,
  ownPrompts,
  contextLength,
  recordedLayersThere,
  layersForCeiling,
  layerPairs,
  interventionModels,
  interventionsCost,
  abilityData,
  outputFolder,
  judgeServer,
];
