// Gates and state of one step of an LSTM, after the matrix products.
// Formula: z = projected + product in blocks i, f, o, g of width H; gates = sigmoid(i), sigmoid(f),
//          sigmoid(o), tanh(g); new_c = gate_i * gate_g + gate_f * c, new_h = gate_o * tanh(new_c).
// Shapes: projected, product, gates [n,4H] scalars, c, new_h, new_c [n,pitch] scalars (padding 0).
// Grid: one thread for each element of new_c, its padding included; workgroups of 64.
// Reference: engine/reference/lstm_cell.ts

fn squash(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-x));
}

// Beyond 10 it is 1 to the last bit; some adapters overflow there.
fn bounded_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -10.0, 10.0));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= params.n * params.pitch) {
    return;
  }
  let j = i % params.pitch;
  if (j >= params.width) {
    new_h[i] = 0.0;
    new_c[i] = 0.0;
    return;
  }
  let at = i / params.pitch * 4u * params.width + j;
  //# for g in 0..4
  let at_${g} = at + ${g}u * params.width;
  let z_${g} = projected[at_${g}] + product[at_${g}];
  //# end
  let input = squash(z_0);
  let forget = squash(z_1);
  let output = squash(z_2);
  let candidate = bounded_tanh(z_3);
  gates[at_0] = input;
  gates[at_1] = forget;
  gates[at_2] = output;
  gates[at_3] = candidate;
  let state = input * candidate + forget * c[i];
  new_c[i] = state;
  new_h[i] = output * bounded_tanh(state);
}
