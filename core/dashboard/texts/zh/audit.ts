import type { audit as en } from '../en/audit.ts'

export const audit: typeof en = {
  title: '审计日志',
  intro: '谁在何时做了什么。各条目以哈希相连，旧条目一旦被改动即可发现：',
  time: '时间',
  actor: '操作者',
  action: '操作',
  target: '对象',
  outcome: '结果',
  done: '已完成',
  refused: '已拒绝',
  client: '来源',
  detail: '详情',
  actionHint: '例如 “token.”',
  older: '更早的条目',
  empty: '没有条目',
  emptyText: '在这些筛选条件下没有任何操作。',
}
