import type { ErrorEntry } from './error-entry.ts'

/** Codes of keys, and of what is sealed with them. Nothing is ever overwritten where one of them is thrown. */
export const KEY_ERRORS = {
  key_missing: {
    status: 500,
    title: 'The key that stored values are sealed with is not there',
    remedy:
      'Put the key back where it was, or name it in HOOKLINE_KEY or HOOKLINE_KEY_FILE beside the others.',
  },
  key_invalid: {
    status: 500,
    title: 'A key is not usable',
    remedy: 'Give 32 random bytes in base64 or hex: `openssl rand -base64 32`.',
  },
  key_unreadable: {
    status: 500,
    title: 'The key file cannot be used',
    remedy: 'Check its path, owner and mode (0600).',
  },
  key_fixed: {
    status: 409,
    title: 'The key cannot be changed from here',
    remedy:
      'Make a key (`openssl rand -base64 32`), put it before the present one, with a comma between (where there are several nodes: behind it first, on all), start again, then run `hookline secrets rotate --reseal`.',
  },
  key_in_use: {
    status: 409,
    title: 'The key is still needed',
    remedy: 'Run `hookline secrets rotate` first, or `hookline secrets rotate --reseal`.',
  },
  sealed_value_broken: {
    status: 500,
    title: 'A stored value cannot be opened',
    remedy: 'It was changed, cut or moved. Restore it from a backup, or delete what holds it.',
  },
} as const satisfies Record<string, ErrorEntry>
