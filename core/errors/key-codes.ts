import type { ErrorEntry } from './entry.ts'

/** Codes of keys and of values sealed with them. If one is thrown, nothing was overwritten. */
export const KEY_ERRORS = {
  key_missing: {
    status: 500,
    title: 'A key that stored values are sealed with is missing',
    remedy: 'Put the key back where it was, or add it to HOOKLINE_KEY or HOOKLINE_KEY_FILE.',
  },
  key_invalid: {
    status: 500,
    title: 'A key is invalid',
    remedy: 'Use 32 random bytes in base64 or hex: `openssl rand -base64 32`.',
  },
  key_unreadable: {
    status: 500,
    title: 'The key file cannot be used',
    remedy: 'Check its path, owner and mode (0600).',
  },
  key_fixed: {
    status: 409,
    title: 'Hookline cannot change this key',
    remedy:
      'Make a key (`openssl rand -base64 32`) and put it before the current one, separated by a comma. With several nodes, first put it after the current one on all of them. Restart, then run `hookline secrets rotate --reseal`.',
  },
  key_in_use: {
    status: 409,
    title: 'The key is still in use',
    remedy: 'First run `hookline secrets rotate`, or `hookline secrets rotate --reseal`.',
  },
  sealed_value_broken: {
    status: 500,
    title: 'A stored value cannot be opened',
    remedy: 'The value was changed, cut or moved. Restore it from a backup, or delete its record.',
  },
} as const satisfies Record<string, ErrorEntry>
