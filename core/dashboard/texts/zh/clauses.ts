import type { clauses as en } from '../en/clauses.ts'

export const clauses: typeof en = {
  ops: { and: '以下全部满足', or: '以下任一满足', not: '以下不满足' },
  outcomes: { true: '真', false: '假', error: '出错', skipped: '未求值' },
  decided: '决定了结果',
  missing: '缺失',
  hidden: '已隐藏：仅操作员可查看负载',
}
