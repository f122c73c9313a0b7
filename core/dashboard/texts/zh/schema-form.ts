import type { schemaForm as en } from '../en/schema-form.ts'

export const schemaForm: typeof en = {
  required: '必填',
  more: (count) => `其他 ${count} 个选项`,
  standard: (value) => `默认：${value}。`,
  set: '已设置，不显示',
  secretKept: '留空则保留已设置的密钥。',
  lines: '每行一个。',
  json: 'JSON 格式。',
  unset: '未设置',
  notNumber: '必须是数字',
  notJson: '必须是 JSON',
}
