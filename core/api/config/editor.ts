import type { ManagedConfig } from '../../config/managed-config.ts'
import type {
  ManagedDocument,
  ManagedSnapshot,
  ManagedWrite,
} from '../../config/managed-documents.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import type { NewAuditEntry } from '../../contracts/document.ts'
import { HooklineError } from '../../kit/errors.ts'
import { type Unmasked, unmaskSecrets } from '../../kit/mask.ts'
import { maskedChanges, type ValueChanges } from './changes.ts'
import { hasOnlyEarlierFaults } from './earlier-faults.ts'
import { findFilePart, rulesNaming } from './find-part.ts'
import type { PartKind } from './kinds.ts'
import { isMet, type Precondition } from './precondition.ts'
import { refusal } from './refusal.ts'
import { PartViews } from './views.ts'

/** A change of one part, as it was asked for. */
export interface Edit {
  readonly part: PartKind
  readonly name: string
  /** Its new form, perhaps with masks; null deletes it. */
  readonly form: Readonly<Record<string, unknown>> | null
  readonly precondition: Precondition
  readonly dryRun: boolean
  /** The entry that is committed with the change. */
  readonly audit: (action: string, changes: ValueChanges) => NewAuditEntry
}

/** What became of it, or would. */
export interface Edited {
  readonly form: Readonly<Record<string, unknown>> | null
  /** Whether there was none before. */
  readonly isNew: boolean
  /** Null where it was deleted, or nothing was changed. */
  readonly document: Pick<ManagedDocument, 'version' | 'changedAt'> | null
  /** The config with the change. */
  readonly config: RunningConfig
  /** Why it is not in force though committed, or would not be. */
  readonly fault: string | null
  readonly dryRun: boolean
}

interface Prepared {
  readonly snapshot: ManagedSnapshot
  readonly before: ManagedDocument | null
}

const MAX_TRIES = 10
const NOTHING = { raw: undefined, masked: undefined }

/** Makes changes of the managed config, one after the other: each is checked with all else there is before it is kept. */
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

  // Another node may change something else meanwhile: then all is looked at again.
  async #editNow(edit: Edit): Promise<Edited> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const edited = await this.#tryEdit(edit, await this.#prepare(edit))
      if (edited !== null) return edited
    }
    throw new HooklineError('config_busy', `${MAX_TRIES} tries met another change each`)
  }

  async #prepare({ part, name, form, precondition }: Edit): Promise<Prepared> {
    const config = this.#config()
    const inFile = findFilePart(config, part.kind, name)
    if (inFile !== null) {
      const { file } = new PartViews(config).origin(inFile.origin)
      throw new HooklineError('config_from_file', `The ${part.word} '${name}' is in ${file}`)
    }
    // What is switched off can still be deleted: else the config could not be mended.
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
    if (form === null) refuseNamed(snapshot, part, name)
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

  // Of several faulty parts each can be deleted: else no one of them could, for the faults of the others.
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

  // The store has its own clock; what was changed again since is told as it was.
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
  // A secret of one plugin is not for another.
  const options = old?.use === form['use'] ? old?.options : undefined
  const { data, unknown } = unmaskSecrets(form['options'], options)
  return { form: 'options' in form ? { ...form, options: data } : form, unknown }
}

function refuseNamed(snapshot: ManagedSnapshot, { kind, word }: PartKind, name: string): void {
  if (kind === 'rules') return
  const rules = rulesNaming(snapshot, kind, name)
  if (rules.length === 0) return
  throw new HooklineError(
    'config_in_use',
    `The ${word} '${name}' is named by ${rules.length === 1 ? 'the rule' : 'the rules'} ${rules.map((rule) => `'${rule}'`).join(', ')}`,
    { fields: { errors: rules.map((rule) => ({ rule })) } },
  )
}
