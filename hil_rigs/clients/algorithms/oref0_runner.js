'use strict'

// Runs oref0 as it is: one JSON request a line on stdin, one JSON answer a line on stdout, until stdin ends. What a request holds is
// written down in oref0.py, which makes it. The answer is oref0's suggestion, or {"error": one sentence}.
//
//     node oref0_runner.js DIRECTORY      DIRECTORY holds node_modules/oref0 (npm install oref0)
//
// oref0 asks the computer for the time in several places (lib/profile, moment), so every request sets a clock that stands still, and
// Date follows it. Its log goes to stderr.

const { createInterface } = require('node:readline')
const { createRequire } = require('node:module')
const path = require('node:path')

const RealDate = Date
let clock = 0

globalThis.Date = class extends RealDate {
  constructor (...given) {
    super(...(given.length ? given : [clock]))
  }

  static now () {
    return clock
  }
}

const load = createRequire(path.join(path.resolve(process.argv[2] || '.'), 'requests.js'))
const profileOf = load('oref0/lib/profile')
const iobOf = load('oref0/lib/iob')
const mealOf = load('oref0/lib/meal')
const glucoseStatusOf = load('oref0/lib/glucose-get-last')
const determineBasal = load('oref0/lib/determine-basal/determine-basal')
const tempBasals = load('oref0/lib/basal-set-temp')

function suggestion (request) {
  clock = RealDate.parse(request.clock)
  const log = { err: '', stdout: '' }
  const profile = profileOf(log, request.profile)
  if (typeof profile !== 'object') {
    return { error: `oref0 refuses the profile: ${log.err.trim()}` }
  }
  const history = () => structuredClone(request.pumphistory)
  const iob = iobOf({ history: history(), profile, clock: request.clock })
  const meal = mealOf({
    history: history(),
    profile,
    basalprofile: profile.basalprofile,
    clock: request.clock,
    carbs: request.carbs,
    glucose: structuredClone(request.glucose)
  })
  const status = glucoseStatusOf(structuredClone(request.glucose))
  const sensitivity = { ratio: 1.0 }
  const now = new Date(request.clock)
  return determineBasal(status, request.temp, iob, profile, sensitivity, meal, tempBasals, request.microbolus, null, now)
}

createInterface({ input: process.stdin }).on('line', (line) => {
  let answer
  try {
    answer = suggestion(JSON.parse(line))
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
})
