import { configure } from 'soda-morph';
import 'soda-morph/element';

configure({ models: 'models/' });
