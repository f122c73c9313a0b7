import type { log as en } from '../en/log.ts'

export const log: typeof en = {
  title: '日志',
  attempt: (position) => `第 ${position} 次尝试`,
  find: '在日志中查找',
  findHint: 'Enter：下一处，Shift+Enter：上一处',
  foundNone: '未找到',
  follow: '跟随末尾',
  download: '下载',
  part: '只显示了日志的末尾。',
  whole: '打开完整日志',
  waiting: '暂无内容。程序输出的内容会实时显示在这里。',
  empty: '程序没有输出任何内容。',
}
