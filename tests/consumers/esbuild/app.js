import { configure } from 'soda-morph';
import 'soda-morph/element';

configure({ models: 'models/', workerUrl: 'soda/worker.js', wasmUrl: 'soda/' });
