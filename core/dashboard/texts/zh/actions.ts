import type { actions as en } from '../en/actions.ts'

export const actions: typeof en = {
  signedOut: '您已退出登录。',
  tokenRevoked: '令牌已撤销。',
  paused: '已暂停，其任务将等待。',
  resumed: '已恢复。',
  partDeleted: '已删除，不再生效。',
  partSaved: '已保存并生效。',
  programRun: '程序正在运行。',
  drained: '该节点不再领取新任务。',
  undrained: '该节点重新领取任务。',
  jobStarted: '作业已开始。',
  jobCancelled: '作业已取消，已完成的部分保留。',
  replayed: '已重放：这是新的投递。',
  registered: '已在提供方注册 Webhook。',
  unregistered: '已从提供方移除 Webhook。',
  caughtUp: '已向提供方查询未到达的投递。',
  taskApproved: '任务已批准。',
  taskRejected: '任务已拒绝。',
  taskRetried: '任务将再次运行。',
  taskCancelled: '任务已取消。',
  taskRun: '程序已作为这个新任务再次运行。',
}
