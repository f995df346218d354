// Weight gradient of a convolution with tiles in workgroup memory; for real GPUs. The product of the
// matrices x [taps and input channels, pixels] and dy [pixels, output channels]: a workgroup of T
// threads makes BM rows times BN columns, both counted in vec4s, over one of `splits` ranges of output
// rows; each thread has every BM/TM-th row and every BN/TN-th column. A step is BK pixels of an output
// row; while it is multiplied the next one is on its way into registers, and two tiles take turns: one
// barrier a step. Each sum is one chain of fma() over the pixels in order, as in
// conv2d_backward_weight_direct: tiles of every size and that kernel give equal bits.
// Formula: partial[split,ky,kx,ci,co] = Σ_{rows of split, ox} x[…,oy*S+ky-before_y,ox*S+kx-before_x,ci]
//          * dy[…,oy,ox,co].
// Shapes: x [n,h,w,cin4] vec4, dy [n,oh,ow,cout4] vec4, partial [splits,K,K,cin,cout4] vec4.
// Grid: x: splits, y: blocks of BM, z: blocks of BN.
// Template: BM, BN, BK, TM, TN, T as above, K kernel side, S stride.
// Reference: engine/reference/conv2d.ts (backward)

var<workgroup> x_tile: array<vec4f, ${2 * BK * BM}>;
var<workgroup> g_tile: array<vec4f, ${2 * BK * BN}>;
// Row and column of each tap relative to the output pixel's, and its vec4 of input channels.
var<workgroup> taps: array<vec3i, ${BM}>;

// Vec4 `slot` of the inputs under BK pixels from column `ox` of row `oy` of image `b`.
fn load_x(slot: u32, b: u32, oy: u32, ox: u32) -> vec4f {
  let tap = taps[slot % ${BM}u];
  let column = ox + slot / ${BM}u;
  let iy = i32(oy * ${S}u) + tap.x;
  let ix = i32(column * ${S}u) + tap.y;
  let inside = column < params.ow && iy >= 0 && ix >= 0 && iy < i32(params.h) &&
    ix < i32(params.w);
  let at = ((b * params.h + u32(iy)) * params.w + u32(ix)) * params.cin4 + u32(tap.z);
  return select(vec4f(0), x[select(0u, at, inside)], inside);
}

// Vec4 `slot` of the gradients of the same pixels, for BN vec4s of output channels from `co`.
fn load_g(slot: u32, co: u32, b: u32, oy: u32, ox: u32) -> vec4f {
  let column = ox + slot / ${BN}u;
  let channel = co + slot % ${BN}u;
  let inside = column < params.ow && channel < params.cout4;
  let at = ((b * params.oh + oy) * params.ow + column) * params.cout4 + channel;
  return select(vec4f(0), dy[select(0u, at, inside)], inside);
}

@compute @workgroup_size(${T})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let rows = ${K * K}u * params.cin4;
  let m_first = group.y * ${BM}u;
  let co_first = group.z * ${BN}u;
  let row = lane / ${BN / TN}u;
  let column = lane % ${BN / TN}u;

  for (var i = lane; i < ${BM}u; i += ${T}u) {
    let m = m_first + i;
    let tap = m / params.cin4;
    let place = vec3i(
      i32(tap / ${K}u) - params.before_y,
      i32(tap % ${K}u) - params.before_x,
      i32(m % params.cin4),
    );
    // Behind the last tap all pixels lie outside the image.
    taps[i] = select(vec3i(-65536, 0, 0), place, m < rows);
  }
  workgroupBarrier();

  let first = group.x * params.rows_per_split;
  let count = min(params.rows_per_split, params.n * params.oh - first);
  var b = first / params.oh;
  var oy = first % params.oh;
  var ox = 0u;
  //# for i in 0..(BK*BM+T-1)/T
  var x_next_${i} = load_x(lane + ${i * T}u, b, oy, ox);
  //# end
  //# for i in 0..(BK*BN+T-1)/T
  var g_next_${i} = load_g(lane + ${i * T}u, co_first, b, oy, ox);
  //# end
  //# for p in 0..TM
  //# for q in 0..TN
  //# for j in 0..4
  var acc_${p}_${j}_${q} = vec4f(0);
  //# end
  //# end
  //# end
  let steps = count * ((params.ow + ${BK - 1}u) / ${BK}u);
  for (var step = 0u; step < steps; step++) {
    let x_base = step % 2u * ${BK * BM}u;
    let g_base = step % 2u * ${BK * BN}u;
    //# for i in 0..(BK*BM+T-1)/T
    if (lane + ${i * T}u < ${BK * BM}u) {
      x_tile[x_base + lane + ${i * T}u] = x_next_${i};
    }
    //# end
    //# for i in 0..(BK*BN+T-1)/T
    if (lane + ${i * T}u < ${BK * BN}u) {
      g_tile[g_base + lane + ${i * T}u] = g_next_${i};
    }
    //# end
    // Whoever is a step behind still reads the other pair of tiles.
    workgroupBarrier();
    ox += ${BK}u;
    if (ox >= params.ow) {
      ox = 0u;
      oy++;
      if (oy == params.oh) {
        oy = 0u;
        b++;
      }
    }
    if (step + 1u < steps) {
      //# for i in 0..(BK*BM+T-1)/T
      x_next_${i} = load_x(lane + ${i * T}u, b, oy, ox);
      //# end
      //# for i in 0..(BK*BN+T-1)/T
      g_next_${i} = load_g(lane + ${i * T}u, co_first, b, oy, ox);
      //# end
    }
    let x_at = x_base + row;
    let g_at = g_base + column;
    //# for k in 0..BK
    {
      //# for q in 0..TN
      let g_${q} = g_tile[g_at + ${k * BN + q * (BN / TN)}u];
      //# end
      //# for p in 0..TM
      let x_${p} = x_tile[x_at + ${k * BM + p * (BM / TM)}u];
      //# for q in 0..TN
      //# for j in 0..4
      acc_${p}_${j}_${q} = fma(vec4f(x_${p}[${j}]), g_${q}, acc_${p}_${j}_${q});
      //# end
      //# end
      //# end
    }
    //# end
  }

  //# for p in 0..TM
  {
    let m = m_first + row + ${p * (BM / TM)}u;
    let ci = m % params.cin4 * 4u;
    let base = ((group.x * ${K * K}u + m / params.cin4) * params.cin + ci) * params.cout4 + co_first
      + column;
    //# for q in 0..TN
    //# for j in 0..4
    if (m < rows && ci + ${j}u < params.cin && co_first + column + ${q * (BN / TN)}u < params.cout4) {
      partial[base + ${j}u * params.cout4 + ${q * (BN / TN)}u] = acc_${p}_${j}_${q};
    }
    //# end
    //# end
  }
  //# end
}
