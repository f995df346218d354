// 2-D convolution, register-tiled: one thread makes P neighbouring pixels of a row times 4*Q output
// channels. Input columns are loaded once for all taps of a row. Suits software adapters, where a
// load costs far more than arithmetic and barriers gain nothing.
// Formula: y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy*S+ky-before_y, ox*S+kx-before_x, ci] * w[ky,kx,ci,co].
// Shapes: x [n,h,w,cin4] vec4, weight [K,K,cin,cout4] vec4, y [n,oh,ow,cout4] vec4.
// Grid: one thread for each (b, oy, strip of P, block of Q); workgroups of 64.
// Template: P pixels, Q vec4s of output channels, K kernel side, S stride.
// Reference: engine/reference/conv2d.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let blocks = (params.cout4 + ${Q - 1}u) / ${Q}u;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  if (index >= params.n * params.oh * strips * blocks) {
    return;
  }
  let co = (index % blocks) * ${Q}u;
  let strip = (index / blocks) % strips;
  let oy = (index / (blocks * strips)) % params.oh;
  let b = index / (blocks * strips * params.oh);
  let ox = strip * ${P}u;
  let left = i32(ox * ${S}u) - params.before_x;
  let last = i32(params.w) - 1;

  //# for p in 0..P
  //# for q in 0..Q
  var acc_${p}_${q} = vec4f(0);
  //# end
  //# end
  for (var ky = 0u; ky < ${K}u; ky++) {
    let iy = i32(oy * ${S}u + ky) - params.before_y;
    if (iy < 0 || iy >= i32(params.h)) {
      continue;
    }
    let row = (b * params.h + u32(iy)) * params.w;
    for (var c = 0u; c < params.cin4; c++) {
      //# for t in 0..(P-1)*S+K
      let x_${t} = select(
        vec4f(0),
        x[(row + u32(clamp(left + ${t}, 0, last))) * params.cin4 + c],
        left + ${t} >= 0 && left + ${t} <= last,
      );
      //# end
      // Rows past cin meet the zero padding of x; they are clamped to the last row, since what lies
      // behind the weights may be no number.
      //# for j in 0..4
      let row_${j} = min(c * 4u + ${j}u, params.cin - 1u);
      //# end
      //# for kx in 0..K
      //# for j in 0..4
      //# for q in 0..Q
      let w_${kx}_${j}_${q} = weight[
        ((ky * ${K}u + ${kx}u) * params.cin + row_${j}) * params.cout4 + co + ${q}u
      ];
      //# end
      //# end
      //# for p in 0..P
      //# for q in 0..Q
      //# for j in 0..4
      acc_${p}_${q} = fma(vec4f(x_${p * S + kx}[${j}]), w_${kx}_${j}_${q}, acc_${p}_${q});
      //# end
      //# end
      //# end
      //# end
    }
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.cout4 + co;
  //# for p in 0..P
  //# for q in 0..Q
  if (ox + ${p}u < params.ow && co + ${q}u < params.cout4) {
    y[base + ${p}u * params.cout4 + ${q}u] = acc_${p}_${q};
  }
  //# end
  //# end
}
