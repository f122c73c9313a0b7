import type { RunningConfig, RunningSource } from '../../contracts/config.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import type { DeliveryRecord } from '../../contracts/store.ts'
import { type VariedSource, varySource } from '../../kit/vary-source.ts'
import type { DeliveryParts } from '../received-delivery.ts'
import { isBodyLeftOut } from '../record.ts'
import { readSignature } from './blind.ts'
import { type Expected, expectedOf } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import { mistakenProvider, mistakenSource } from './other-sources.ts'
import { bodyNotKept, matchesNow, missing, nothing, plainFinding, sourceGone } from './plain.ts'
import { type Changes, changesFor, searchOne, searchPair } from './search.ts'
import { foreignSecrets, whichSecret } from './secrets.ts'
import { optionsForRest, tokenFindings } from './token.ts'
import { Budget, type Change, Trials } from './trials.ts'

/** What the doctor looks at. */
export interface Case {
  readonly record: DeliveryRecord
  readonly config: RunningConfig
  /** The config before its last change; null where there was none. */
  readonly previous: RunningConfig | null
  /** All sources that come with Hookline; asked for only where the headers are of none of the config's. */
  readonly definitions: () => Promise<readonly SourceDefinition[]>
}

export interface Diagnosis {
  /** Where there are several that are certain, all of them together are what is wrong. */
  readonly findings: readonly Finding[]
  /** How often a signature was checked. */
  readonly tried: number
}

/** Why a delivery was refused: tries known mistakes until the source's own `verify` accepts it. */
export async function diagnose(given: Case): Promise<Diagnosis> {
  const { record, config } = given
  const plain = plainFinding(record, config)
  if (plain !== null) return { findings: [plain], tried: 0 }
  const source = config.sources.get(record.source)
  if (source === undefined) return { findings: [sourceGone()], tried: 0 }
  const budget = new Budget()
  return { findings: await examine(given, source, budget), tried: budget.tried }
}

async function examine(
  given: Case,
  source: RunningSource,
  budget: Budget,
): Promise<readonly Finding[]> {
  const { record, config } = given
  const varied = varySource(source, config.settings.dataDir)
  const parts = partsOf(record, config)
  const options = await optionsForRest(varied, parts, budget)
  const instance = varied.create(options ?? varied.options, () => record.receivedAt)
  if (instance === null) return [sourceGone()]
  const expected = await expectedOf(instance, parts, budget)
  const tokens = tokenFindings(varied, parts, record.reason ?? 'unknown')
  const otherwise = tokens.length > 0 ? tokens : [nothing(parts, expected)]
  if (options === null) return otherwise
  if (isBodyLeftOut(record)) return [bodyNotKept(), ...missing(parts, expected)]
  const trials = new Trials({ varied, options, parts, budget })
  // The signature alone is right, so it is the token that is not.
  if (options !== varied.options && (await trials.passes([]))) return otherwise
  return (await search({ given, varied, parts, expected, budget }, trials)) ?? otherwise
}

interface Known {
  readonly given: Case
  readonly varied: VariedSource
  readonly parts: DeliveryParts
  readonly expected: Expected
  readonly budget: Budget
}

/** What makes the source, or another, accept it; the simple first. */
async function search(known: Known, trials: Trials): Promise<readonly Finding[] | null> {
  const { given, varied, parts, expected, budget } = known
  const { config, previous, record } = given
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
  const mistaken = await mistakenSource(others, parts, budget)
  if (mistaken !== null) return [mistaken]
  const changes = await changesFor(trials, { varied, expected, foreign: foreignSecrets(others) })
  const one = await searchOne(trials, changes)
  if (one !== null) return explain([one], await whichSecret(trials, varied, [one]))
  return searchDeeper(known, { trials, changes })
}

/** The same beyond what the source itself can check, and two mistakes at once. */
async function searchDeeper(
  known: Known,
  { trials, changes }: { readonly trials: Trials; readonly changes: Changes },
): Promise<readonly Finding[] | null> {
  const { varied, parts, expected, budget } = known
  const lacking = missing(parts, expected)
  const provider = lacking.length === 0 ? null : await providerOf(known)
  if (provider?.certainty === 'certain') return [provider]
  const { secrets } = varied
  const read = await readSignature(parts, { secrets, expected, budget })
  if (read !== null) return [read]
  const isHopeless = lacking.length > 0 && changes.header.length === 0
  const pair = isHopeless ? null : await searchPair(trials, changes)
  if (pair !== null) return explain(pair, await whichSecret(trials, varied, pair))
  if (lacking.length === 0) return null
  return provider === null ? lacking : [provider, ...lacking]
}

async function providerOf({ given, varied, parts, budget }: Known): Promise<Finding | null> {
  const { dataDir } = given.config.settings
  return mistakenProvider({
    definitions: await given.definitions(),
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
