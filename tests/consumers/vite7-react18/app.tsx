import { createRoot } from 'react-dom/client';
import { configure } from 'soda-morph';
import 'soda-morph/react';

configure({ models: '/models/' });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(<soda-morph model="tiny" backend="cpu" from="/fox.png" to="/panda.png" frames={3} label="A fox becomes a panda" />);
}
