import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { SourceDefinition } from '../contracts/source.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { isBodyLeftOut } from '../receive/record.ts'
import {
  bodyNotKept,
  directFinding,
  matchesNow,
  missingHeaders,
  nothingMatches,
  sourceGone,
} from './direct-findings.ts'
import { type ExpectedSignature, expectedOf } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import { readSignature } from './guess-signature.ts'
import { acceptingSource, similarProvider } from './other-sources.ts'
import { type Changes, changesFor, searchOne, searchPair } from './search.ts'
import { foreignSecrets, whichSecret } from './secret-changes.ts'
import { optionsWithoutMasked, tokenFindings } from './token.ts'
import { Budget, type Change, Trials } from './trials.ts'
import { type VariedSource, varySource } from './vary-source.ts'

/** A recorded delivery, and what is needed to find out why it was refused. */
export interface DiagnosisInput {
  readonly record: DeliveryRecord
  readonly config: RunningConfig
  /** The config before its last change; null if it has not changed. */
  readonly previous: RunningConfig | null
  /** All sources that come with Hookline. Loaded only if no source of the config fits the headers. */
  readonly definitions: () => Promise<readonly SourceDefinition[]>
}

export interface Diagnosis {
  /** Several findings that are certain belong together: all of them are wrong at the same time. */
  readonly findings: readonly Finding[]
  /** How often a signature was checked. */
  readonly tried: number
}

/** Finds out why a delivery was refused: tries known mistakes until `verify` of the source accepts it. */
export async function diagnose(input: DiagnosisInput): Promise<Diagnosis> {
  const { record, config } = input
  const direct = directFinding(record, config)
  if (direct !== null) return { findings: [direct], tried: 0 }
  const source = config.sources.get(record.source)
  if (source === undefined) return { findings: [sourceGone()], tried: 0 }
  const budget = new Budget()
  return { findings: await examine(input, source, budget), tried: budget.trials }
}

async function examine(
  input: DiagnosisInput,
  source: RunningSource,
  budget: Budget,
): Promise<readonly Finding[]> {
  const { record, config } = input
  const varied = varySource(source, config.settings.dataDir)
  const parts = partsOf(record, config)
  const options = await optionsWithoutMasked(varied, parts, budget)
  const instance = varied.create(options ?? varied.options, () => record.receivedAt)
  if (instance === null) return [sourceGone()]
  const expected = await expectedOf(instance, parts, budget)
  const tokens = tokenFindings(varied, parts, record.reason ?? 'unknown')
  const otherwise = tokens.length > 0 ? tokens : [nothingMatches(parts, expected)]
  if (options === null) return otherwise
  if (isBodyLeftOut(record)) return [bodyNotKept(), ...missingHeaders(parts, expected)]
  const trials = new Trials({ varied, options, parts, budget })
  // The signature alone is right, so the token is wrong.
  if (options !== varied.options && (await trials.passes([]))) return otherwise
  return (await search({ input, varied, parts, expected, budget }, trials)) ?? otherwise
}

interface SearchContext {
  readonly input: DiagnosisInput
  readonly varied: VariedSource
  readonly parts: DeliveryParts
  readonly expected: ExpectedSignature
  readonly budget: Budget
}

/** What would make this source, or another one, accept the delivery. The simplest explanations are tried first. */
async function search(context: SearchContext, trials: Trials): Promise<readonly Finding[] | null> {
  const { input, varied, parts, expected, budget } = context
  const { config, previous, record } = input
  const { dataDir } = config.settings
  if (await trials.passes([])) return [matchesNow(await whichSecret(trials, varied, []))]
  const before = previous?.sources.get(record.source)
  if (before !== undefined && (await accepts(varySource(before, dataDir), parts, budget))) {
    const message = 'The sender signs with the secret from before the last change of the config.'
    return [finding('secret_before_change', message)]
  }
  const others = [...config.sources.values()]
    .filter((other) => other.name !== record.source)
    .map((other) => varySource(other, dataDir))
  const mistaken = await acceptingSource(others, parts, budget)
  if (mistaken !== null) return [mistaken]
  const changes = await changesFor(trials, { varied, expected, foreign: foreignSecrets(others) })
  const one = await searchOne(trials, changes)
  if (one !== null) return explain([one], await whichSecret(trials, varied, [one]))
  return searchDeeper(context, { trials, changes })
}

/** Tries what the source itself cannot check, and two mistakes at once. */
async function searchDeeper(
  context: SearchContext,
  { trials, changes }: { readonly trials: Trials; readonly changes: Changes },
): Promise<readonly Finding[] | null> {
  const { varied, parts, expected, budget } = context
  const missing = missingHeaders(parts, expected)
  const provider = missing.length === 0 ? null : await providerOf(context)
  if (provider?.certainty === 'certain') return [provider]
  const { secrets } = varied
  const read = await readSignature(parts, { secrets, expected, budget })
  if (read !== null) return [read]
  const isHopeless = missing.length > 0 && changes.header.length === 0
  const pair = isHopeless ? null : await searchPair(trials, changes)
  if (pair !== null) return explain(pair, await whichSecret(trials, varied, pair))
  if (missing.length === 0) return null
  return provider === null ? missing : [provider, ...missing]
}

async function providerOf({
  input,
  varied,
  parts,
  budget,
}: SearchContext): Promise<Finding | null> {
  const { dataDir } = input.config.settings
  return similarProvider({
    definitions: await input.definitions(),
    varied,
    parts,
    dataDir,
    budget,
  })
}

function explain(changes: readonly Change[], which: string): readonly Finding[] {
  const found = changes.flatMap(({ findings }) => findings)
  const unique = found.filter(
    ({ message }, index) => found.findIndex((other) => other.message === message) === index,
  )
  return unique.map((each, index) =>
    index === 0 ? { ...each, message: each.message + which } : each,
  )
}

async function accepts(
  varied: VariedSource,
  parts: DeliveryParts,
  budget: Budget,
): Promise<boolean> {
  return new Trials({ varied, options: varied.options, parts, budget }).passes([])
}

function partsOf(record: DeliveryRecord, config: RunningConfig): DeliveryParts {
  const { id, source, method, path, headers, body, client } = record
  const { publicUrl } = config.settings
  const receivedAt = new Date(record.receivedAt)
  return { id, source, method, path, headers, body, client, publicUrl, receivedAt }
}
