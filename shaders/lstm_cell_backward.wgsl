// Gradients of the gates' sums and of the old state of one step of an LSTM.
// Formula: s = tanh(new_c), ds = dnew_c + dnew_h * o * (1 - s^2); dz_i = ds * g * i * (1 - i),
//          dz_f = ds * c * f * (1 - f), dz_o = dnew_h * s * o * (1 - o), dz_g = ds * i * (1 - g^2),
//          dc = ds * f.
// Shapes: gates, dz [n,4H] scalars in blocks i, f, o, g; c, new_c, dnew_h, dnew_c, dc [n,pitch] scalars
//         (padding 0).
// Grid: one thread for each element of dc, its padding included; workgroups of 64.
// Reference: engine/reference/lstm_cell.ts (backward)

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
    dc[i] = 0.0;
    return;
  }
  let at = i / params.pitch * 4u * params.width + j;
  let input = gates[at];
  let forget = gates[at + params.width];
  let output = gates[at + 2u * params.width];
  let candidate = gates[at + 3u * params.width];
  let squashed = tanh(clamp(new_c[i], -10.0, 10.0));
  let dstate = dnew_c[i] + dnew_h[i] * output * (1.0 - squashed * squashed);
  dz[at] = dstate * candidate * input * (1.0 - input);
  dz[at + params.width] = dstate * c[i] * forget * (1.0 - forget);
  dz[at + 2u * params.width] = dnew_h[i] * squashed * output * (1.0 - output);
  dz[at + 3u * params.width] = dstate * input * (1.0 - candidate * candidate);
  dc[i] = dstate * forget;
}
