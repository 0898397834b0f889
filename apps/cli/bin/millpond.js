#!/usr/bin/env node
import { main, processTerminal } from '../dist/index.js';

process.exit(await main(process.argv.slice(2), processTerminal()));
