package kyso.interop;

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlSignatureScope;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.File;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Validates each file named and prints one line a signature, fields separated by tabs: file, number, indication,
 * sub-indication, format, names covered (separated by "|"), signer, the first error. Nothing is fetched from anywhere.
 */
final class Validation {
	private final CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
	private final CommonCertificateSource intermediates = new CommonCertificateSource();
	private final List<DSSDocument> crls = new ArrayList<>();
	private final List<String[]> files = new ArrayList<>(); // { file, detached content or null }

	Validation(List<String> words) {
		String content = null;
		for (Iterator<String> at = words.iterator(); at.hasNext();) {
			String word = at.next();
			switch (word) {
			case "--trust" -> anchors.addCertificate(DSSUtils.loadCertificate(new File(at.next())));
			case "--intermediate" -> intermediates.addCertificate(DSSUtils.loadCertificate(new File(at.next())));
			case "--crl" -> crls.add(new FileDocument(at.next()));
			case "--content" -> content = at.next();
			default -> {
				files.add(new String[] { word, content });
				content = null;
			}
			}
		}
	}

	void run() {
		for (String[] file : files) {
			try {
				print(file[0], validate(file[0], file[1]));
			} catch (RuntimeException e) {
				line(file[0], "0", "ERROR", e.getClass().getSimpleName(), "", "", "", String.valueOf(e.getMessage()));
			}
		}
	}

	private Reports validate(String file, String content) {
		CommonCertificateVerifier verifier = new CommonCertificateVerifier();
		verifier.setTrustedCertSources(anchors);
		verifier.setAdjunctCertSources(intermediates);
		verifier.setCrlSource(new ExternalResourcesCRLSource(crls.toArray(new DSSDocument[0])));
		verifier.setOcspSource(null);
		verifier.setAIASource(null);

		SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
		validator.setCertificateVerifier(verifier);
		if (content != null) {
			validator.setDetachedContents(List.of(new FileDocument(content)));
		}
		return validator.validateDocument();
	}

	private static void print(String file, Reports reports) {
		SimpleReport simple = reports.getSimpleReport();
		DiagnosticData facts = reports.getDiagnosticData();
		int number = 0;

		for (SignatureWrapper signature : facts.getSignatures()) {
			String id = signature.getId();
			String covered = signature.getSignatureScopes().stream().map(Validation::nameOf)
					.collect(Collectors.joining("|"));
			String problem = simple.getAdESValidationErrors(id).stream().findFirst()
					.map(message -> message.getValue()).orElse("");
			String signer = signature.getSigningCertificate() == null ? ""
					: signature.getSigningCertificate().getCommonName();
			line(file, String.valueOf(++number), String.valueOf(simple.getIndication(id)),
					String.valueOf(simple.getSubIndication(id)).replace("null", ""),
					String.valueOf(signature.getSignatureFormat()), covered, signer, problem);
		}
		if (number == 0) {
			line(file, "0", "NO_SIGNATURE_FOUND", "", "", "", "", "");
		}
	}

	/** Attached content has no name. */
	private static String nameOf(XmlSignatureScope scope) {
		return scope.getName() == null ? "(content)" : scope.getName();
	}

	private static void line(String... fields) {
		List<String> safe = new ArrayList<>();
		for (String field : fields) {
			safe.add(field.replaceAll("[\\t\\r\\n]", " "));
		}
		System.out.println(String.join("\t", safe));
	}
}
