#!/usr/bin/env node
// The program that the platform starts. Read provider.js first.
'use strict';

const { servePayment } = require('./halum');
const provider = require('./provider');

servePayment(provider);
