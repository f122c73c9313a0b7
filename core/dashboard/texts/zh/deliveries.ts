import type { deliveries as en } from '../en/deliveries.ts'

export const deliveries: typeof en = {
  title: '投递',
  outcome: '结果',
  event: '事件',
  about: '内容',
  tasks: '任务',
  andMore: (name, count) => `${name} 等，另有 ${count} 个`,
  received: '接收时间',
  size: '大小',
  emptyTitle: '还没有投递',
  emptyText:
    '发送方的每个请求都会列在这里，包括被拒绝的。请将来源的 URL 填到发送方，或试试 `hookline send`。',
  toSources: '查看来源及其 URL',
  noneTitle: '没有匹配的投递',
  noneText: '已存储的投递都不符合这些筛选条件。',
}
