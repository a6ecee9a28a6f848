var password="Secret word";
var wifi_password="Key12345";
