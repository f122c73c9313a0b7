import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
  programs: {
    announce: subprocess({ command: ['python3', './announce.py'], params: ['branch', 'commit'] }),
  },
  rules: [{ on: 'github.push', when: "branch == 'main' && !deleted", run: 'announce' }],
})
