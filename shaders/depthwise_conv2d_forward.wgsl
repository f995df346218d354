// Depthwise convolution: every channel has its own K x K kernel. One thread makes P neighbouring
// pixels of a row for 4 channels.
// Formula: y[b,oy,ox,c] = Σ_{ky,kx} x[b, oy*S+ky-before_y, ox*S+kx-before_x, c] * w[ky,kx,c], with
//          the kernel turned by 180 degrees where FLIP is 1 (input gradient of stride 1).
// Shapes: x [n,h,w,c4] vec4, weight [K,K,c4] vec4, y [n,oh,ow,c4] vec4.
// Grid: one thread for each (b, oy, strip of P, c4); workgroups of 64.
// Template: P pixels, K kernel side, S stride, FLIP.
// Reference: engine/reference/depthwise_conv2d.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  if (index >= params.n * params.oh * strips * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ox = ((index / params.c4) % strips) * ${P}u;
  let oy = (index / (params.c4 * strips)) % params.oh;
  let b = index / (params.c4 * strips * params.oh);
  let left = i32(ox * ${S}u) - params.before_x;
  let last = i32(params.w) - 1;

  //# for p in 0..P
  var acc_${p} = vec4f(0);
  //# end
  for (var ky = 0u; ky < ${K}u; ky++) {
    let iy = i32(oy * ${S}u + ky) - params.before_y;
    if (iy < 0 || iy >= i32(params.h)) {
      continue;
    }
    let row = (b * params.h + u32(iy)) * params.w;
    //# for t in 0..(P-1)*S+K
    let x_${t} = select(
      vec4f(0),
      x[(row + u32(clamp(left + ${t}, 0, last))) * params.c4 + c],
      left + ${t} >= 0 && left + ${t} <= last,
    );
    //# end
    //# for kx in 0..K
    {
      //# if FLIP == 0
      let w = weight[(ky * ${K}u + ${kx}u) * params.c4 + c];
      //# end
      //# if FLIP == 1
      let w = weight[((${K - 1}u - ky) * ${K}u + ${K - 1 - kx}u) * params.c4 + c];
      //# end
      //# for p in 0..P
      acc_${p} += x_${p * S + kx} * w;
      //# end
    }
    //# end
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.c4 + c;
  //# for p in 0..P
  if (ox + ${p}u < params.ow) {
    y[base + ${p}u * params.c4] = acc_${p};
  }
  //# end
}
