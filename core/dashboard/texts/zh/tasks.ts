import type { tasks as en } from '../en/tasks.ts'

export const tasks: typeof en = {
  title: '任务',
  intro: '程序针对每个事件的每次运行。',
  state: '状态',
  program: '程序',
  rule: '规则',
  event: '事件',
  created: '创建时间',
  took: '耗时',
  attempts: '尝试次数',
  reason: '原因',
  emptyTitle: '还没有任务',
  emptyText: '规则匹配到投递的事件时，就会创建任务。',
  toDeliveries: '查看投递',
  noneTitle: '没有匹配的任务',
  noneText: '已存储的任务中没有符合这些筛选条件的。',
}
