/** Texts of forms that are drawn from a plugin's schema. The descriptions of options are the plugin's own. */
export const schemaForm = {
  required: 'required',
  more: (count: string) => `${count} more options`,
  standard: (value: string) => `Default: ${value}.`,
  set: 'Set; not shown',
  secretKept: 'Leave it empty to keep the secret that is set.',
  lines: 'One per line.',
  json: 'JSON.',
  unset: 'Not set',
  notNumber: 'must be a number',
  notJson: 'must be JSON',
}
