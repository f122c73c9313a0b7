import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    analyze: subprocess({
      command: ['python3', './analyze.py'],
      params: ['size'],
      retry: { attempts: 1 },
    }),
  },
  rules: [
    {
      on: 'custom.data_update',
      when: (event) => event.payload.size > 10,
      run: 'analyze',
    },
  ],
})
