import type {
  ManagedDocument,
  ManagedSnapshot,
  ManagedWrite,
} from '../../config/managed/documents.ts'
import type { ManagedConfig } from '../../config/managed/managed-config.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import type { NewAuditEntry } from '../../contracts/document.ts'
import { HooklineError } from '../../errors/errors.ts'
import { type Unmasked, unmaskSecrets } from '../../redaction/mask-config.ts'
import { maskedChanges, type ValueChanges } from './changes.ts'
import { hasOnlyEarlierFaults } from './earlier-faults.ts'
import type { PartKind } from './part-kinds.ts'
import { findFilePart, rulesUsing } from './parts.ts'
import { isMet, type Precondition } from './precondition.ts'
import { refusal } from './refusal.ts'
import { PartViews } from './views.ts'

/** A requested change of one part. */
export interface Edit {
  readonly part: PartKind
  readonly name: string
  /** The new form, in which masks may stand for secrets; null deletes the part. */
  readonly form: Readonly<Record<string, unknown>> | null
  readonly precondition: Precondition
  readonly dryRun: boolean
  /** Makes the audit entry that is committed with the change. */
  readonly audit: (action: string, changes: ValueChanges) => NewAuditEntry
}

/** The outcome of a change, or its expected outcome in a dry run. */
export interface Edited {
  readonly form: Readonly<Record<string, unknown>> | null
  /** Whether the part did not exist before. */
  readonly isNew: boolean
  /** Null if the part was deleted, or in a dry run. */
  readonly document: Pick<ManagedDocument, 'version' | 'changedAt'> | null
  /** The config with the change. */
  readonly config: RunningConfig
  /** Why the change is not in force although it is committed, or would not be. */
  readonly fault: string | null
  readonly dryRun: boolean
}

interface Prepared {
  readonly snapshot: ManagedSnapshot
  readonly before: ManagedDocument | null
}

const MAX_ATTEMPTS = 10
const NOTHING = { raw: undefined, masked: undefined }

/** Changes the managed config, one change at a time. Each is checked with the whole config before it is committed. */
export class ConfigEditor {
  readonly #managed: ManagedConfig
  readonly #config: () => RunningConfig
  #last: Promise<unknown> = Promise.resolve()

  constructor(managed: ManagedConfig, config: () => RunningConfig) {
    this.#managed = managed
    this.#config = config
  }

  edit(edit: Edit): Promise<Edited> {
    const result = this.#last.then(() => this.#editNow(edit))
    this.#last = result.catch(() => {})
    return result
  }

  // If another node commits a change meanwhile, everything is checked again.
  async #editNow(edit: Edit): Promise<Edited> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const edited = await this.#tryEdit(edit, await this.#prepare(edit))
      if (edited !== null) return edited
    }
    throw new HooklineError('config_busy', `Other changes came first in ${MAX_ATTEMPTS} attempts`)
  }

  async #prepare({ part, name, form, precondition }: Edit): Promise<Prepared> {
    const config = this.#config()
    const inFile = findFilePart(config, part.kind, name)
    if (inFile !== null) {
      const { file } = new PartViews(config).origin(inFile.origin)
      throw new HooklineError('config_from_file', `The ${part.word} '${name}' is in ${file}`)
    }
    // A part of a kind that is switched off can still be deleted, so that the config can be repaired.
    if (form !== null && !config.settings.managed[part.kind]) {
      throw new HooklineError('config_not_managed', `\`managed.${part.kind}\` is not on`)
    }
    const snapshot = await this.#managed.read()
    const before = snapshot.documents[part.kind].get(name) ?? null
    if (before === null && (form === null || precondition.kind !== 'absent')) {
      throw new HooklineError('config_unknown', `There is no managed ${part.word} '${name}'`)
    }
    if (!isMet(precondition, before?.version ?? null)) {
      throw precondition.kind === 'absent'
        ? new HooklineError(precondition.otherwise, `There is a ${part.word} '${name}' already`)
        : new HooklineError('config_changed', `The ${part.word} '${name}' has another version`)
    }
    if (form === null) refuseIfUsed(snapshot, part, name)
    return { snapshot, before }
  }

  async #tryEdit(edit: Edit, { snapshot, before }: Prepared): Promise<Edited | null> {
    const { part, name, dryRun } = edit
    const unmasked = unmask(edit, before)
    const { form } = unmasked
    const write = { kind: part.kind, name, form, expect: before?.version ?? null }
    const checked = await this.#check(snapshot, write, unmasked.unknown)
    const isNew = before === null
    const made = { form, isNew, document: null, ...checked, dryRun }
    if (dryRun) return made
    const action = form === null ? 'delete' : isNew ? 'create' : 'replace'
    const changes = this.#changes(edit, { before: before?.form, after: form, config: made.config })
    const audit = edit.audit(`config.${part.word}.${action}`, changes)
    const written = await this.#managed.commit(snapshot, write, audit)
    if (written === null) return null
    const fault = written.fault?.message ?? null
    const document = await this.#written(edit, { version: written.version, changedAt: audit.at })
    return { ...made, document, config: this.#config(), fault }
  }

  // A deletion may leave earlier faults: else several faulty parts could not be deleted one by one.
  async #check(
    snapshot: ManagedSnapshot,
    write: ManagedWrite,
    unknownMasks: Unmasked['unknown'],
  ): Promise<Pick<Edited, 'config' | 'fault'>> {
    const after = await this.#managed.check(snapshot, write)
    if (after.ok) return { config: after.config, fault: null }
    const before = write.form === null ? await this.#managed.check(snapshot) : null
    if (before?.ok === false && hasOnlyEarlierFaults(after.error, before.error)) {
      return { config: this.#config(), fault: after.error.message }
    }
    const folder = this.#config().store.baseDir
    throw refusal({ error: after.error, write, unknownMasks, folder })
  }

  // The time of the change is read back, since the store has its own clock.
  async #written(
    { part, name }: Edit,
    { version, changedAt }: { readonly version: number | null; readonly changedAt: number },
  ): Promise<Edited['document']> {
    if (version === null) return null
    const now = (await this.#managed.read()).documents[part.kind].get(name)
    return now?.version === version ? now : { version, changedAt }
  }

  #changes(
    { part }: Edit,
    given: { readonly before: unknown; readonly after: unknown; readonly config: RunningConfig },
  ): ValueChanges {
    const { before, after, config } = given
    const maskedBy = (by: RunningConfig, raw: unknown) =>
      raw == null ? NOTHING : { raw, masked: new PartViews(by).masked(part.kind, raw) }
    return maskedChanges(maskedBy(this.#config(), before), maskedBy(config, after))
  }
}

function unmask(
  { part, form }: Edit,
  before: ManagedDocument | null,
): { readonly form: Edit['form']; readonly unknown: readonly (readonly PropertyKey[])[] } {
  if (form === null || part.kind === 'rules') return { form, unknown: [] }
  const old = before?.form as { use?: unknown; options?: unknown } | null | undefined
  // A secret of one plugin is never passed to another.
  const options = old?.use === form['use'] ? old?.options : undefined
  const { data, unknown } = unmaskSecrets(form['options'], options)
  return { form: 'options' in form ? { ...form, options: data } : form, unknown }
}

function refuseIfUsed(snapshot: ManagedSnapshot, { kind, word }: PartKind, name: string): void {
  if (kind === 'rules') return
  const rules = rulesUsing(snapshot, kind, name)
  if (rules.length === 0) return
  throw new HooklineError(
    'config_in_use',
    `The ${word} '${name}' is used by ${rules.length === 1 ? 'the rule' : 'the rules'} ${rules.map((rule) => `'${rule}'`).join(', ')}`,
    { fields: { errors: rules.map((rule) => ({ rule })) } },
  )
}
