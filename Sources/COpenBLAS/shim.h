#include <cblas.h>
#include <stdint.h>

// OpenBLAS exports the Fortran LAPACK symbols; lapacke.h is a package of its own. The few that are needed:
void dpotrf_(const char *uplo, const int32_t *n, double *a, const int32_t *lda, int32_t *info);
void dpbtrf_(const char *uplo, const int32_t *n, const int32_t *kd, double *ab, const int32_t *ldab, int32_t *info);
void dpbtrs_(const char *uplo, const int32_t *n, const int32_t *kd, const int32_t *nrhs, const double *ab, const int32_t *ldab,
             double *b, const int32_t *ldb, int32_t *info);
void dgbtrf_(const int32_t *m, const int32_t *n, const int32_t *kl, const int32_t *ku, double *ab, const int32_t *ldab, int32_t *ipiv,
             int32_t *info);
void dgbtrs_(const char *trans, const int32_t *n, const int32_t *kl, const int32_t *ku, const int32_t *nrhs, const double *ab,
             const int32_t *ldab, const int32_t *ipiv, double *b, const int32_t *ldb, int32_t *info);
// Complex numbers are pairs of doubles.
void zgbtrf_(const int32_t *m, const int32_t *n, const int32_t *kl, const int32_t *ku, double *ab, const int32_t *ldab, int32_t *ipiv,
             int32_t *info);
void zgbtrs_(const char *trans, const int32_t *n, const int32_t *kl, const int32_t *ku, const int32_t *nrhs, const double *ab,
             const int32_t *ldab, const int32_t *ipiv, double *b, const int32_t *ldb, int32_t *info);
void dgesv_(const int32_t *n, const int32_t *nrhs, double *a, const int32_t *lda, int32_t *ipiv, double *b, const int32_t *ldb,
            int32_t *info);
void dgesvd_(const char *jobu, const char *jobvt, const int32_t *m, const int32_t *n, double *a, const int32_t *lda, double *s,
             double *u, const int32_t *ldu, double *vt, const int32_t *ldvt, double *work, const int32_t *lwork, int32_t *info);
void dsyev_(const char *jobz, const char *uplo, const int32_t *n, double *a, const int32_t *lda, double *w, double *work,
            const int32_t *lwork, int32_t *info);
