// What the compiler knows an instruction for and Swift has no name for.
#pragma once

// Square roots that set no errno: the compiler turns loops over them into vector instructions, unlike loops over the C library's.
static inline float eddy_sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
static inline double eddy_sqrt(double x) { return __builtin_elementwise_sqrt(x); }

// Asks for the cache line at `p`, to be read or to be written soon, without waiting for it.
static inline void eddy_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
static inline void eddy_prefetch_to_write(const void *p) { __builtin_prefetch(p, 1, 2); }

// Tells the processor that the thread waits for a change of memory.
static inline void eddy_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Arithmetic of vectors, which Swift imports as its SIMD types. The operators of Swift's SIMD types are loops over lanes; the compiler
// puts them together again, but at times in quarters of a register. `fused` is `a + b c`, rounded once.
#define EDDY_VECTOR_ARITHMETIC(NAME, SCALAR, LANES)                                                                              \
    typedef SCALAR eddy_##NAME __attribute__((ext_vector_type(LANES)));                                                          \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_sum(eddy_##NAME a, eddy_##NAME b) { return a + b; }   \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_difference(eddy_##NAME a, eddy_##NAME b) {            \
        return a - b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_product(eddy_##NAME a, eddy_##NAME b) {               \
        return a * b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_quotient(eddy_##NAME a, eddy_##NAME b) {              \
        return a / b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_fused(                                                \
        eddy_##NAME a, eddy_##NAME b, eddy_##NAME c) {                                                                           \
        return __builtin_elementwise_fma(b, c, a);                                                                               \
    }

EDDY_VECTOR_ARITHMETIC(floatx2, float, 2)
EDDY_VECTOR_ARITHMETIC(floatx4, float, 4)
EDDY_VECTOR_ARITHMETIC(floatx8, float, 8)
EDDY_VECTOR_ARITHMETIC(floatx16, float, 16)
EDDY_VECTOR_ARITHMETIC(doublex8, double, 8)

// One exchange of a transposition: blocks of `s` lanes of `a` and `b` that lie off the diagonal change places.
#define EDDY_EXCHANGE(a, b, s)                                                                                                   \
    do {                                                                                                                         \
        const eddy_floatx16 x = (a), y = (b);                                                                                    \
        (a) = __builtin_shufflevector(x, y, EDDY_LANES_##s(0, 16 - (s)));                                                        \
        (b) = __builtin_shufflevector(x, y, EDDY_LANES_##s(s, 16));                                                              \
    } while (0)
// Lanes `l + m` where bit `s` of l is clear, `l + n` where it is set.
#define EDDY_LANES_1(m, n) \
    0 + m, 1 + n, 2 + m, 3 + n, 4 + m, 5 + n, 6 + m, 7 + n, 8 + m, 9 + n, 10 + m, 11 + n, 12 + m, 13 + n, 14 + m, 15 + n
#define EDDY_LANES_2(m, n) \
    0 + m, 1 + m, 2 + n, 3 + n, 4 + m, 5 + m, 6 + n, 7 + n, 8 + m, 9 + m, 10 + n, 11 + n, 12 + m, 13 + m, 14 + n, 15 + n
#define EDDY_LANES_4(m, n) \
    0 + m, 1 + m, 2 + m, 3 + m, 4 + n, 5 + n, 6 + n, 7 + n, 8 + m, 9 + m, 10 + m, 11 + m, 12 + n, 13 + n, 14 + n, 15 + n
#define EDDY_LANES_8(m, n) \
    0 + m, 1 + m, 2 + m, 3 + m, 4 + m, 5 + m, 6 + m, 7 + m, 8 + n, 9 + n, 10 + n, 11 + n, 12 + n, 13 + n, 14 + n, 15 + n

// `target[j][i] = source[i][j]` for 16 x 16 numbers; rows lie `source_stride` and `target_stride` numbers apart.
static inline void eddy_transpose16(const float *source, long source_stride, float *target, long target_stride) {
    eddy_floatx16 rows[16];
#pragma unroll
    for (int i = 0; i < 16; i++) __builtin_memcpy(&rows[i], source + i * source_stride, sizeof rows[i]);
#pragma unroll
    for (int i = 0; i < 8; i++) EDDY_EXCHANGE(rows[i], rows[i + 8], 8);
#pragma unroll
    for (int i = 0; i < 8; i++) EDDY_EXCHANGE(rows[i / 4 * 8 + i % 4], rows[i / 4 * 8 + i % 4 + 4], 4);
#pragma unroll
    for (int i = 0; i < 8; i++) EDDY_EXCHANGE(rows[i / 2 * 4 + i % 2], rows[i / 2 * 4 + i % 2 + 2], 2);
#pragma unroll
    for (int i = 0; i < 8; i++) EDDY_EXCHANGE(rows[2 * i], rows[2 * i + 1], 1);
#pragma unroll
    for (int i = 0; i < 16; i++) __builtin_memcpy(target + i * target_stride, &rows[i], sizeof rows[i]);
}
