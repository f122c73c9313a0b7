import type { errors as en } from '../en/errors.ts'

export const errors: typeof en = {
  title: '错误',
  intro: '失败终止的任务，按程序和原因分组。各任务不同的部分以尖括号表示。',
  program: '程序',
  reason: '原因',
  count: '当前失败数',
  first: '首次出现',
  last: '最近出现',
  newest: '最新任务',
  look: '查看',
  noReason: '没有给出原因',
  retryAll: '全部重试',
  retryTitle: (program) => `重试 ${program} 因此原因失败终止的所有任务`,
  empty: '没有失败终止的任务',
  emptyText: '任务的最后一次尝试失败后即为失败终止。它会带着原因显示在这里，直到被重试。',
}
